"""The official client of Google: its own tool loop, streams, structured output, token counts, embeddings, errors."""

import base64
import os

from google.genai import Client
from google.genai.errors import APIError
from google.genai.types import (
    AutomaticFunctionCallingConfig,
    Content,
    FunctionResponse,
    GenerateContentConfig,
    Part,
)
from orders import EMBEDDING_MODEL, INSTRUCTIONS, MODELS, PICTURE, QUESTION, look_up_order, observe, report, total, usage
from pydantic import BaseModel

client = Client()
CONFIG = GenerateContentConfig(system_instruction=INSTRUCTIONS, tools=[look_up_order])


class Verdict(BaseModel):
    city: str
    late: bool


def generate(model: str) -> dict:
    reply = client.models.generate_content(model=model, contents=QUESTION, config=CONFIG)
    counted = reply.usage_metadata
    return {"answer": reply.text, "usage": usage(counted.prompt_token_count, counted.candidates_token_count)}


def streamed(model: str) -> dict:
    """By hand: the client's own loop sends parallel calls that came in two chunks back in two turns, which Google refuses."""
    contents = [Content(role="user", parts=[Part(text=QUESTION)])]
    config = CONFIG.model_copy(update={"automatic_function_calling": AutomaticFunctionCallingConfig(disable=True)})
    deltas, usages = 0, []
    while True:
        said, counted = [], usage(0, 0)
        for chunk in client.models.generate_content_stream(model=model, contents=contents, config=config):
            content = chunk.candidates[0].content if chunk.candidates else None
            parts = (content.parts if content else None) or []
            said += parts
            deltas += any(part.text for part in parts)
            if chunk.usage_metadata:
                counted = usage(chunk.usage_metadata.prompt_token_count, chunk.usage_metadata.candidates_token_count)
        usages.append(counted)
        calls = [part.function_call for part in said if part.function_call]
        if not calls:
            answer = "".join(part.text or "" for part in said)
            return {"answer": answer, "deltas": deltas, "usage": total(usages)}
        results = [
            Part(function_response=FunctionResponse(id=call.id, name=call.name, response={"result": look_up_order(**call.args)}))
            for call in calls
        ]
        contents += [Content(role="model", parts=said), Content(role="user", parts=results)]


def structured(model: str) -> dict:
    config = GenerateContentConfig(response_mime_type="application/json", response_json_schema=Verdict.model_json_schema())
    reply = client.models.generate_content(model=model, contents="Give the verdict.", config=config)
    return {"json": Verdict.model_validate_json(reply.text).model_dump()}


def structured_by_class(model: str) -> dict:
    config = GenerateContentConfig(response_mime_type="application/json", response_schema=Verdict)
    reply = client.models.generate_content(model=model, contents="Give the verdict.", config=config)
    return {"json": reply.parsed.model_dump()}


def image(model: str) -> dict:
    picture = Part.from_bytes(data=base64.b64decode(PICTURE), mime_type="image/png")
    return {"answer": client.models.generate_content(model=model, contents=[picture, "What is this?"]).text}


def embeddings() -> dict:
    reply = client.models.embed_content(model=EMBEDDING_MODEL, contents=["one", "two"])
    return {"lengths": [len(one.values) for one in reply.embeddings]}


def refusal(model: str, key: str | None = None) -> dict:
    """The status of the error that comes of a call; this client does not try again unless it is told to."""
    own = Client(api_key=key or os.environ["GEMINI_API_KEY"])
    try:
        own.models.generate_content(model=model, contents=QUESTION)
    except APIError as error:
        return {"status": error.code}
    raise AssertionError("The call was not refused.")


for model in MODELS:
    observe("generate_content", model, lambda: generate(model))
    observe("generate_content, streamed", model, lambda: streamed(model))
    observe("structured", model, lambda: structured(model))
    observe("structured, pydantic", model, lambda: structured_by_class(model))
    observe("image", model, lambda: image(model))
    observe("count", model, lambda: {"inputTokens": client.models.count_tokens(model=model, contents=QUESTION).total_tokens})
observe("models", "", lambda: {"ids": [model.name.removeprefix("models/") for model in client.models.list()]})
observe("embeddings", EMBEDDING_MODEL, embeddings)
observe("wrong key", "", lambda: refusal(MODELS[0], key="wrong"))
observe("no credit", "", lambda: refusal(MODELS[0], key=os.environ["CLIENT_BROKE_KEY"]))
observe("too busy", "", lambda: refusal("busy"))
report()
