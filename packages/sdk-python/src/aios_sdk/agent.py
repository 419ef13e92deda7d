"""What makes a function an agent, and how an agent's file is loaded."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .client import Aios, AsyncAios
from .connection import Connection
from .errors import AiosError

Run = Callable[..., Any]


@dataclass(frozen=True)
class Agent:
    """An agent: its manifest and the function that it runs, ``run(aios, input)``."""

    manifest: dict[str, Any]
    run: Run

    def __call__(self, aios: Aios | AsyncAios, fields: Any) -> Any:
        """Runs it directly, as in its tests."""
        return self.run(aios, fields)

    def start(self, connection: Connection, fields: Any) -> Any:
        """Runs it to its end, with the client that fits it."""
        if inspect.iscoroutinefunction(self.run):
            return asyncio.run(self._start_async(connection, fields))
        return self.run(Aios(connection), fields)

    async def _start_async(self, connection: Connection, fields: Any) -> Any:
        return await self.run(AsyncAios(connection, asyncio.get_running_loop()), fields)


def agent(
    *,
    name: str,
    permissions: Sequence[str],
    description: str = "",
    budget: dict[str, Any] | None = None,
    unknown_effects: str | None = None,
    call_class: str | None = None,
    priority: int | None = None,
    input_schema: dict[str, Any] | None = None,
    output_schema: dict[str, Any] | None = None,
) -> Callable[[Run], Agent]:
    """Makes a function ``run(aios, input)`` an agent; the fields are those of an agent's manifest.

    The function may be a coroutine function; then it gets an ``AsyncAios``, else an ``Aios``.
    """
    manifest = {
        "name": name,
        "description": description,
        "runtime": "python",
        "permissions": list(permissions),
        "budget": budget,
        "unknownEffects": unknown_effects,
        "class": call_class,
        "priority": priority,
        "inputSchema": input_schema,
        "outputSchema": output_schema,
    }
    known = {key: value for key, value in manifest.items() if value is not None}
    return lambda run: Agent(known, run)


def load_agent(path: str) -> Agent:
    """The agent in a file. Raises ``invalid_argument`` saying what is wrong with it."""
    sys.path.insert(0, os.path.dirname(path))
    module = _load_module(path)
    agents = [
        value
        for value in vars(module).values()
        if isinstance(value, Agent) and value.run.__module__ == module.__name__
    ]
    if len(agents) == 1:
        return agents[0]
    found = "no function" if not agents else f"{len(agents)} functions"
    raise AiosError(
        "invalid_argument",
        f"{path} is no agent: it has {found} with the decorator @agent of aios_sdk, and must have one.",
    )


def _load_module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("aios_agent", path)
    if spec is None or spec.loader is None:
        raise AiosError("invalid_argument", f"The agent's file {path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise AiosError(
            "invalid_argument", f"The agent's file {path} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    return module
