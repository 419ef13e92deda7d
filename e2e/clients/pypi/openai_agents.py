"""OpenAI Agents, through responses (its default) and through chat completions."""

from agents import Agent, Runner, function_tool, set_default_openai_api, set_tracing_disabled
from openai.types.responses import ResponseTextDeltaEvent
from orders import INSTRUCTIONS, MODELS, QUESTION, look_up_order, observe, report, usage

set_tracing_disabled(True)


def agent_of(model: str) -> Agent:
    return Agent(name="orders", instructions=INSTRUCTIONS, model=model, tools=[function_tool(look_up_order)])


async def once(model: str) -> dict:
    result = await Runner.run(agent_of(model), QUESTION)
    counted = result.context_wrapper.usage
    return {"answer": result.final_output, "usage": usage(counted.input_tokens, counted.output_tokens)}


async def streamed(model: str) -> dict:
    result = Runner.run_streamed(agent_of(model), QUESTION)
    deltas = 0
    async for event in result.stream_events():
        deltas += event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent)
    counted = result.context_wrapper.usage
    return {
        "answer": result.final_output,
        "deltas": deltas,
        "usage": usage(counted.input_tokens, counted.output_tokens),
    }


for api in ("responses", "chat_completions"):
    set_default_openai_api(api)
    for model in MODELS:
        observe(api, model, lambda: once(model))
        observe(f"{api}, streamed", model, lambda: streamed(model))
report()
