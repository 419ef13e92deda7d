"""AutoGen of the 0.2 line: two agents that talk and a tool."""

import os

import httpx2
from autogen import AssistantAgent, UserProxyAgent
from openai import APIStatusError
from orders import INSTRUCTIONS, MODELS, QUESTION, look_up_order, observe, report, usage


def conversation(model: str, stream: bool, style: str = "tool") -> dict:
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
        is_termination_msg=lambda message: not (message.get("tool_calls") or message.get("function_call")),
    )
    assistant.register_for_llm(description="Tells where an order is.", api_style=style)(look_up_order)
    user.register_for_execution()(look_up_order)
    result = user.initiate_chat(assistant, message=QUESTION, max_turns=4, silent=True)
    counted = result.cost["usage_including_cached_inference"].get(model, {})
    return {
        "answer": result.chat_history[-1]["content"],
        "usage": usage(counted.get("prompt_tokens"), counted.get("completion_tokens")),
    }


class Counting(httpx2.Client):
    """AutoGen copies its settings."""

    def __deepcopy__(self, memo: dict) -> "Counting":
        return self


def refusal(model: str, key: str) -> dict:
    """The status of the error that comes of a reply, and how many requests were made until it came."""
    attempts: list = []
    with Counting(event_hooks={"request": [attempts.append]}) as client:
        endpoint = {"model": model, "base_url": os.environ["OPENAI_BASE_URL"], "api_key": key, "http_client": client}
        assistant = AssistantAgent("assistant", llm_config={"config_list": [endpoint], "cache_seed": None})
        try:
            assistant.generate_reply(messages=[{"role": "user", "content": QUESTION}])
        except APIStatusError as error:
            return {"status": error.status_code, "errorClass": type(error).__name__, "attempts": len(attempts)}
    raise AssertionError("The call was not refused.")


for model in MODELS:
    observe("tools", model, lambda: conversation(model, stream=False))
    observe("tools, streamed", model, lambda: conversation(model, stream=True))
    if os.environ["CLIENT_HAS_FUNCTIONS"]:
        observe("functions", model, lambda: conversation(model, stream=False, style="function"))
observe("no credit", "", lambda: refusal(MODELS[0], os.environ["CLIENT_BROKE_KEY"]))
observe("too busy", "", lambda: refusal("busy", os.environ["OPENAI_API_KEY"]))
report()
