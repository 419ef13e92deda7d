"""AutoGen 0.7: an assistant with a tool, structured output, a team."""

import os

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination, TextMessageTermination
from autogen_agentchat.messages import ModelClientStreamingChunkEvent, StructuredMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient
from orders import INSTRUCTIONS, MODELS, QUESTION, look_up_order, observe, report, total, usage
from pydantic import BaseModel


class Verdict(BaseModel):
    city: str
    late: bool


def client_of(model: str) -> OpenAIChatCompletionClient:
    info = ModelInfo(vision=False, function_calling=True, json_output=True, family="unknown", structured_output=True)
    return OpenAIChatCompletionClient(model=model, base_url=os.environ["OPENAI_BASE_URL"], model_info=info)


def team_of(client: OpenAIChatCompletionClient, stream: bool) -> RoundRobinGroupChat:
    agent = AssistantAgent(
        "assistant",
        client,
        tools=[look_up_order],
        system_message=INSTRUCTIONS,
        model_client_stream=stream,
        max_tool_iterations=4,
    )
    return RoundRobinGroupChat(
        [agent], termination_condition=TextMessageTermination("assistant") | MaxMessageTermination(8)
    )


async def team(model: str, stream: bool) -> dict:
    client = client_of(model)
    try:
        result, deltas = None, 0
        async for event in team_of(client, stream).run_stream(task=QUESTION):
            deltas += isinstance(event, ModelClientStreamingChunkEvent)
            if isinstance(event, TaskResult):
                result = event
    finally:
        await client.close()
    counted = [message.models_usage for message in result.messages if message.models_usage]
    return {
        "answer": result.messages[-1].content,
        "usage": total([usage(one.prompt_tokens, one.completion_tokens) for one in counted]),
        **({"deltas": deltas} if stream else {}),
    }


async def structured(model: str) -> dict:
    client = client_of(model)
    try:
        agent = AssistantAgent("judge", client, output_content_type=Verdict)
        result = await agent.run(task="Give the verdict.")
    finally:
        await client.close()
    message = result.messages[-1]
    assert isinstance(message, StructuredMessage)
    return {"json": message.content.model_dump()}


for model in MODELS:
    observe("team", model, lambda: team(model, stream=False))
    observe("team, streamed", model, lambda: team(model, stream=True))
    observe("structured", model, lambda: structured(model))
report()
