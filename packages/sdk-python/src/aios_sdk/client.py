"""The client of the kernel that an agent gets: ``aios.storage.read(path="/a")`` for each system call.

Fields are named as in the reference of the system calls. ``Aios`` is for agents written as plain functions, ``AsyncAios`` for
those written as coroutines.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, NoReturn

from .connection import ChunkListener, Connection
from .errors import AiosError
from .signals import Ending, Signal, SignalListener


class Family:
    """The system calls with one prefix."""

    def __init__(self, call: Callable[..., Any], prefix: str) -> None:
        self._call = call
        self._prefix = prefix

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method.startswith("_"):
            raise AttributeError(method)
        name = f"{self._prefix}.{method}"

        def make(
            *, on_chunk: ChunkListener | None = None, deadline_ms: int | None = None, **fields: Any
        ) -> Any:
            return self._call(name, fields, on_chunk=on_chunk, deadline_ms=deadline_ms)

        return make


_families = frozenset(
    "blackboard context conversation effect key kernel llm memory message process quota schedule storage time tool wait".split()
)


class _Client:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def ending(self) -> Ending:
        """Set when the process must end: at once where it is killed, within a grace period where it is terminated."""
        return self._connection.ending

    @property
    def pid(self) -> int:
        return self._connection.pid

    def _family(self, name: str, call: Callable[..., Any]) -> Family:
        if name not in _families:
            raise AttributeError(f"AIOS has no system calls {name}.*")
        return Family(call, name)

    def _random(self, now: str) -> random.Random:
        return random.Random(f"{self.pid} {now}")


def _version_fields(change: str, latest: int | None) -> dict[str, Any]:
    return {"change": change} if latest is None else {"change": change, "latest": latest}


def _moment(now: str) -> datetime:
    return datetime.fromisoformat(now.replace("Z", "+00:00"))


_ran_on = AiosError("internal", "The process began anew, and its code ran on.")


class Aios(_Client):
    """The client of an agent that is a plain function. Calls block until they are answered and raise ``AiosError``."""

    def __getattr__(self, name: str) -> Family:
        return self._family(name, self.call)

    def call(
        self,
        name: str,
        fields: Any = None,
        *,
        on_chunk: ChunkListener | None = None,
        deadline_ms: int | None = None,
    ) -> Any:
        """Makes the system call ``name``. ``on_chunk`` gets partial results; ``deadline_ms`` bounds the time it takes."""
        _, answer = self._connection.call(name, fields or {}, on_chunk, deadline_ms)
        return answer.result()

    def on_signal(self, listener: SignalListener) -> None:
        """Calls back for each ``terminate`` and ``interrupt``, from another thread. A durable agent hears before its next call."""
        self._connection.listen(listener)

    def now(self) -> datetime:
        """The kernel's time; the same when a durable agent runs again."""
        return _moment(self.call("time.now")["now"])

    def random(self) -> random.Random:
        """A source of random numbers which are the same when a durable agent runs again."""
        return self._random(self.call("time.now")["now"])

    def version(self, change: str, latest: int | None = None) -> int:
        """Which version of its code a durable process is to follow where the code was changed; see ``process.version``."""
        return int(self.call("process.version", _version_fields(change, latest))["version"])

    def continue_as_new(self, fields: Any) -> NoReturn:
        """Ends this run and begins a new one with another input and an empty journal; never returns."""
        self.call("process.continue", {"input": fields})
        raise _ran_on


class AsyncAios(_Client):
    """The client of an agent that is a coroutine: ``await aios.storage.read(path="/a")``. Cancelling ends the call."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(connection)
        self._loop = loop

    def __getattr__(self, name: str) -> Family:
        return self._family(name, self.call)

    async def call(
        self,
        name: str,
        fields: Any = None,
        *,
        on_chunk: ChunkListener | None = None,
        deadline_ms: int | None = None,
    ) -> Any:
        """Makes the system call ``name``. ``on_chunk`` gets partial results; ``deadline_ms`` bounds the time it takes."""
        listener = None if on_chunk is None else self._in_loop(on_chunk)
        number, answer = self._connection.call(name, fields or {}, listener, deadline_ms)
        try:
            return await self._awaitable(answer)
        except asyncio.CancelledError:
            self._connection.cancel(number)
            raise

    def on_signal(self, listener: SignalListener) -> None:
        """Calls back for each ``terminate`` and ``interrupt``. A durable agent hears of it before its next call."""
        in_loop: SignalListener = self._in_loop(listener)
        self._connection.listen(in_loop)

    async def ended(self) -> AiosError | None:
        """Waits until the process must end, and says why."""
        happened = asyncio.Event()

        def tell() -> None:
            self._loop.call_soon_threadsafe(happened.set)

        self.ending.on_set(tell)
        await happened.wait()
        return self.ending.reason

    async def now(self) -> datetime:
        """The kernel's time; the same when a durable agent runs again."""
        return _moment((await self.call("time.now"))["now"])

    async def random(self) -> random.Random:
        """A source of random numbers which are the same when a durable agent runs again."""
        return self._random((await self.call("time.now"))["now"])

    async def version(self, change: str, latest: int | None = None) -> int:
        """Which version of its code a durable process is to follow where the code was changed; see ``process.version``."""
        return int((await self.call("process.version", _version_fields(change, latest)))["version"])

    async def continue_as_new(self, fields: Any) -> NoReturn:
        """Ends this run and begins a new one with another input and an empty journal; never returns."""
        await self.call("process.continue", {"input": fields})
        raise _ran_on

    def _in_loop(self, listener: Callable[[Any], None]) -> Callable[[Any], None]:
        """What the reading thread calls, so that the listener runs in the agent's loop, in order with the answers."""

        def told(value: Any | Signal) -> None:
            self._loop.call_soon_threadsafe(listener, value)

        return told

    def _awaitable(self, answer: Future[Any]) -> asyncio.Future[Any]:
        return asyncio.wrap_future(answer, loop=self._loop)
