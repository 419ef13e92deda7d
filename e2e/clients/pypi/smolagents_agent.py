"""smolagents: the agent that calls tools and the agent that writes code."""

import os

from orders import MODELS, QUESTION, look_up_order, observe, report, usage
from smolagents import CodeAgent, LogLevel, OpenAIModel, ToolCallingAgent, tool


def once(kind: type, name: str, stream: bool) -> dict:
    model = OpenAIModel(model_id=name, api_base=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])
    agent = kind(tools=[tool(look_up_order)], model=model, stream_outputs=stream, max_steps=4, verbosity_level=LogLevel.OFF)
    answer = agent.run(QUESTION)
    counted = agent.monitor.get_total_token_counts()
    return {"answer": str(answer), "usage": usage(counted.input_tokens, counted.output_tokens)}


for model in MODELS:
    observe("tools", model, lambda: once(ToolCallingAgent, model, stream=False))
    observe("tools, streamed", model, lambda: once(ToolCallingAgent, model, stream=True))
    observe("code", model, lambda: once(CodeAgent, model, stream=False))
    observe("code, streamed", model, lambda: once(CodeAgent, model, stream=True))
report()
