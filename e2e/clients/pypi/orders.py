"""What all programs of this folder have in common: the question, the secret, and the report of what they saw."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

QUESTION = "Where are the orders A-17 and B-4?"
INSTRUCTIONS = "You answer questions about orders. Look every order up before you answer."

MODELS = [name for name in os.environ["CLIENT_MODELS"].split(",") if name]
# A picture of one point, as PNG in base64.
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EMBEDDING_MODEL = os.environ["CLIENT_EMBEDDING_MODEL"]

_seen: list[dict] = []
_asked: list[str] = []
# One event loop for all runs: clients keep their connections, which belong to it.
_runner = asyncio.Runner()


def look_up_order(order: str) -> str:
    """Tells where an order is.

    Args:
        order: Such as A-17
    """
    _asked.append(order)
    return f"Order {order} is in {os.environ['CLIENT_SECRET']}-{order}"


def look_up_schema() -> dict:
    """The parameters of look_up_order, as a JSON schema."""
    order = {"type": "string", "description": "Such as A-17"}
    return {"type": "object", "properties": {"order": order}, "required": ["order"], "additionalProperties": False}


def observe(run: str, model: str, work: Callable[[], dict | Awaitable[dict]]) -> None:
    """Runs something and keeps what came of it, or how it failed.

    Only `look_up_order` knows the places of orders, so an answer that names them was made with its results.
    """
    _asked.clear()
    try:
        seen = work()
        if not isinstance(seen, dict):
            seen = _runner.run(seen)
        if _asked:
            seen["orders"] = sorted(_asked)
        _seen.append({"run": run, "model": model, **seen})
    except Exception as error:
        _seen.append({"run": run, "model": model, "error": f"{type(error).__name__}: {error}"})


def usage(input_tokens: int | None, output_tokens: int | None) -> dict:
    return {"inputTokens": input_tokens or 0, "outputTokens": output_tokens or 0}


def total(usages: list[dict]) -> dict:
    return usage(sum(one["inputTokens"] for one in usages), sum(one["outputTokens"] for one in usages))


def report() -> None:
    """Prints everything that was seen, as one line of JSON."""
    _runner.close()
    sys.stdout.write("\n" + json.dumps(_seen) + "\n")
