"""AutoGen of the 0.2 line: two agents that talk and a tool."""

import os

from autogen import AssistantAgent, UserProxyAgent
from orders import INSTRUCTIONS, MODELS, QUESTION, look_up_order, observe, report, usage


def conversation(model: str, stream: bool) -> dict:
    config = {
        "config_list": [
            {
                "model": model,
                "base_url": os.environ["OPENAI_BASE_URL"],
                "api_key": os.environ["OPENAI_API_KEY"],
                "price": [0, 0],
            }
        ],
        "cache_seed": None,
        "stream": stream,
    }
    assistant = AssistantAgent("assistant", system_message=INSTRUCTIONS, llm_config=config)
    user = UserProxyAgent(
        "user",
        human_input_mode="NEVER",
        code_execution_config=False,
        is_termination_msg=lambda message: not message.get("tool_calls"),
    )
    assistant.register_for_llm(description="Tells where an order is.")(look_up_order)
    user.register_for_execution()(look_up_order)
    result = user.initiate_chat(assistant, message=QUESTION, max_turns=4, silent=True)
    counted = result.cost["usage_including_cached_inference"].get(model, {})
    return {
        "answer": result.chat_history[-1]["content"],
        "usage": usage(counted.get("prompt_tokens"), counted.get("completion_tokens")),
    }


for model in MODELS:
    observe("tools", model, lambda: conversation(model, stream=False))
    observe("tools, streamed", model, lambda: conversation(model, stream=True))
report()
