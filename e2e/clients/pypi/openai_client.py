"""The official client of OpenAI: chat completions, responses, structured output, embeddings, models, errors."""

import json
import os

from openai import APIStatusError, DefaultHttpx2Client, OpenAI
from orders import EMBEDDING_MODEL, INSTRUCTIONS, MODELS, PICTURE, QUESTION, look_up_order, look_up_schema, observe, report, total, usage
from pydantic import BaseModel

client = OpenAI()
FUNCTION = {"name": "look_up_order", "description": "Tells where an order is.", "parameters": look_up_schema()}


class Verdict(BaseModel):
    city: str
    late: bool


def chat(model: str, stream: bool) -> dict:
    messages: list = [{"role": "developer", "content": INSTRUCTIONS}, {"role": "user", "content": QUESTION}]
    usages, deltas = [], 0
    while True:
        request = {"model": model, "messages": messages, "tools": [{"type": "function", "function": FUNCTION}]}
        if stream:
            with client.chat.completions.stream(**request, stream_options={"include_usage": True}) as events:
                deltas += sum(event.type == "content.delta" for event in events)
                completion = events.get_final_completion()
        else:
            completion = client.chat.completions.create(**request)
        usages.append(usage(completion.usage.prompt_tokens, completion.usage.completion_tokens))
        message = completion.choices[0].message
        if not message.tool_calls:
            return {"answer": message.content, "usage": total(usages), **({"deltas": deltas} if stream else {})}
        messages.append(message.to_dict() if not stream else message.model_dump(exclude_none=True, exclude={"parsed"}))
        for call in message.tool_calls:
            result = look_up_order(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def responses(model: str, stream: bool) -> dict:
    asked: list = [{"role": "user", "content": QUESTION}]
    previous, usages, deltas = None, [], 0
    while True:
        request = {
            "model": model,
            "input": asked,
            "instructions": INSTRUCTIONS,
            "tools": [{"type": "function", "strict": False, **FUNCTION}],
            "previous_response_id": previous,
        }
        if stream:
            with client.responses.stream(**request) as events:
                deltas += sum(event.type == "response.output_text.delta" for event in events)
                response = events.get_final_response()
        else:
            response = client.responses.create(**request)
        usages.append(usage(response.usage.input_tokens, response.usage.output_tokens))
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            return {"answer": response.output_text, "usage": total(usages), **({"deltas": deltas} if stream else {})}
        asked = [
            {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": look_up_order(**json.loads(call.arguments)),
            }
            for call in calls
        ]
        previous = response.id


def structured_chat(model: str) -> dict:
    messages = [{"role": "user", "content": "Give the verdict."}]
    completion = client.chat.completions.parse(model=model, messages=messages, response_format=Verdict)
    return {"json": completion.choices[0].message.parsed.model_dump()}


def structured_response(model: str) -> dict:
    response = client.responses.parse(model=model, input="Give the verdict.", text_format=Verdict)
    return {"json": response.output_parsed.model_dump()}


def image(model: str) -> dict:
    content = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}]
    completion = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    return {"answer": completion.choices[0].message.content}


def image_in_a_response(model: str) -> dict:
    content = [{"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "low"}]
    return {"answer": client.responses.create(model=model, input=[{"role": "user", "content": content}]).output_text}


def embeddings() -> dict:
    reply = client.embeddings.create(model=EMBEDDING_MODEL, input=["one", "two"])
    plain = client.embeddings.create(model=EMBEDDING_MODEL, input="one", encoding_format="float")
    same = all(abs(a - b) < 1e-6 for a, b in zip(reply.data[0].embedding, plain.data[0].embedding, strict=True))
    return {"lengths": [len(one.embedding) for one in reply.data], "same": same, "inputTokens": reply.usage.prompt_tokens}


def refusal(model: str, key: str | None = None) -> dict:
    """The status of the error that comes of a call, and how many requests were made until it came."""
    attempts: list = []
    counting = OpenAI(api_key=key, http_client=DefaultHttpx2Client(event_hooks={"request": [attempts.append]}))
    try:
        counting.chat.completions.create(model=model, messages=[{"role": "user", "content": QUESTION}])
    except APIStatusError as error:
        return {"status": error.status_code, "errorClass": type(error).__name__, "attempts": len(attempts)}
    raise AssertionError("The call was not refused.")


for model in MODELS:
    observe("chat", model, lambda: chat(model, stream=False))
    observe("chat, streamed", model, lambda: chat(model, stream=True))
    observe("responses", model, lambda: responses(model, stream=False))
    observe("responses, streamed", model, lambda: responses(model, stream=True))
    observe("structured chat", model, lambda: structured_chat(model))
    observe("structured response", model, lambda: structured_response(model))
    observe("image", model, lambda: image(model))
    observe("image in a response", model, lambda: image_in_a_response(model))
    observe("model", model, lambda: {"id": client.models.retrieve(model).id})
observe("models", "", lambda: {"ids": [model.id for model in client.models.list()]})
observe("embeddings", EMBEDDING_MODEL, embeddings)
observe("wrong key", "", lambda: refusal(MODELS[0], key="wrong"))
observe("no credit", "", lambda: refusal(MODELS[0], key=os.environ["CLIENT_BROKE_KEY"]))
observe("too busy", "", lambda: refusal("busy"))
report()
