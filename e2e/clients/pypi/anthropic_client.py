"""The official client of Anthropic: messages, streams, structured output, token counts, models, errors."""

import os

from anthropic import Anthropic, APIStatusError, DefaultHttpxClient
from orders import INSTRUCTIONS, MODELS, PICTURE, QUESTION, look_up_order, look_up_schema, observe, report, total, usage
from pydantic import BaseModel

client = Anthropic()
ASKED = [{"role": "user", "content": QUESTION}]
TOOL = {"name": "look_up_order", "description": "Tells where an order is.", "input_schema": look_up_schema()}


class Verdict(BaseModel):
    city: str
    late: bool


def messages(model: str, stream: bool) -> dict:
    history: list = list(ASKED)
    usages, deltas = [], 0
    while True:
        request = {"model": model, "max_tokens": 500, "system": INSTRUCTIONS, "messages": history, "tools": [TOOL]}
        if stream:
            with client.messages.stream(**request) as events:
                deltas += sum(1 for _ in events.text_stream)
                message = events.get_final_message()
        else:
            message = client.messages.create(**request)
        usages.append(usage(message.usage.input_tokens, message.usage.output_tokens))
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            text = "".join(block.text for block in message.content if block.type == "text")
            return {"answer": text, "usage": total(usages), **({"deltas": deltas} if stream else {})}
        history.append({"role": "assistant", "content": message.content})
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": look_up_order(**call.input)} for call in calls
        ]
        history.append({"role": "user", "content": results})


def structured(model: str) -> dict:
    asked = [{"role": "user", "content": "Give the verdict."}]
    message = client.messages.parse(model=model, max_tokens=500, messages=asked, output_format=Verdict)
    return {"json": message.parsed_output.model_dump()}


def image(model: str) -> dict:
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    asked = [{"role": "user", "content": [{"type": "image", "source": source}]}]
    return {"answer": client.messages.create(model=model, max_tokens=500, messages=asked).content[0].text}


def refusal(model: str, key: str | None = None) -> dict:
    """The status of the error that comes of a call, and how many requests were made until it came."""
    attempts: list = []
    counting = Anthropic(api_key=key, http_client=DefaultHttpxClient(event_hooks={"request": [attempts.append]}))
    try:
        counting.messages.create(model=model, max_tokens=100, messages=ASKED)
    except APIStatusError as error:
        return {"status": error.status_code, "errorClass": type(error).__name__, "attempts": len(attempts)}
    raise AssertionError("The call was not refused.")


for model in MODELS:
    observe("messages", model, lambda: messages(model, stream=False))
    observe("messages, streamed", model, lambda: messages(model, stream=True))
    observe("structured message", model, lambda: structured(model))
    observe("image", model, lambda: image(model))
    observe("count", model, lambda: {"inputTokens": client.messages.count_tokens(model=model, messages=ASKED).input_tokens})
    observe("model", model, lambda: {"id": client.models.retrieve(model).id})
observe("models", "", lambda: {"ids": [model.id for model in client.models.list()]})
observe("wrong key", "", lambda: refusal(MODELS[0], key="wrong"))
observe("no credit", "", lambda: refusal(MODELS[0], key=os.environ["CLIENT_BROKE_KEY"]))
observe("too busy", "", lambda: refusal("busy"))
report()
