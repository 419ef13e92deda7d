"""The connection of one process to the kernel: frames as lines of JSON over a socket.

The frames are those of ``packages/protocol/src/host-frames.ts``. A thread reads them; calls may be made from any thread.
"""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from .errors import AiosError, Problem
from .signals import Ending, Signal, SignalListener

Frame = dict[str, Any]
ChunkListener = Callable[[Any], None]


def encode(frame: Frame) -> bytes:
    """A frame as it travels. Raises ``TypeError`` or ``ValueError`` for what is not JSON."""
    text = json.dumps(frame, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


class Connection:
    """Carries the calls of the process ``pid``; ``on_start`` and ``on_describe`` are what the kernel asks for first."""

    def __init__(self, channel: socket.socket, on_closed: Callable[[], None]) -> None:
        self.ending = Ending()
        self.pid = 0
        self._channel = channel
        self._on_closed = on_closed
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._calls: dict[int, tuple[Future[Any], ChunkListener | None]] = {}
        self._listeners: list[SignalListener] = []
        self._count = 0
        self._over: AiosError | None = None
        self._first: Future[Frame] = Future()

    def open(self) -> Frame:
        """Begins to read and waits for the first frame: what the kernel wants of this program."""
        threading.Thread(target=self._read, name="aios-connection", daemon=True).start()
        first = self._first.result()
        self.pid = first.get("pid", 0)
        return first

    def send(self, frame: Frame) -> None:
        """Raises ``TypeError`` or ``ValueError`` for what is not JSON."""
        line = encode(frame)
        with self._sending:
            self._channel.sendall(line)

    def call(
        self,
        name: str,
        fields: Any,
        on_chunk: ChunkListener | None = None,
        deadline_ms: int | None = None,
    ) -> tuple[int, Future[Any]]:
        """Makes a system call. Calls are numbered as they are made, which is their order in the journal."""
        answer: Future[Any] = Future()
        frame: Frame = {"type": "call", "pid": self.pid, "id": 0, "name": name, "input": fields}
        if on_chunk is not None:
            frame["stream"] = True
        if deadline_ms is not None:
            frame["deadlineMs"] = deadline_ms
        try:
            encode(frame)
        except (TypeError, ValueError) as error:
            raise AiosError("invalid_argument", f"The input of {name} is not JSON: {error}") from error
        # The lock of the answers is free while a frame is sent: the kernel may want its answers read first.
        with self._sending:
            self._count += 1
            number = frame["id"] = self._count
            with self._lock:
                if self._over is not None:
                    raise self._over
                self._calls[number] = (answer, on_chunk)
            self._channel.sendall(encode(frame))
        return number, answer

    def cancel(self, number: int) -> None:
        self.send({"type": "cancel", "pid": self.pid, "id": number})

    def listen(self, listener: SignalListener) -> None:
        self._listeners.append(listener)
        if len(self._listeners) == 1:
            self.send({"type": "listening", "pid": self.pid})

    def _read(self) -> None:
        with self._channel, self._channel.makefile("rb") as lines:
            for line in lines:
                self._receive(json.loads(line))
        self._on_closed()

    def _receive(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind in ("describe", "start"):
            self._first.set_result(frame)
        elif kind == "signal":
            said = frame["signal"]
            signal = Signal(said["signal"], said.get("message"), said["sentAt"], said.get("sender"))
            for listener in list(self._listeners):
                try:
                    listener(signal)
                except Exception:
                    traceback.print_exc()
        elif kind == "terminate":
            self.ending.set(AiosError.from_problem(frame["error"]))
        elif kind == "abort":
            self._abort(frame["error"])
        elif kind == "drop":
            self._on_closed()
        elif kind == "chunk":
            with self._lock:
                _, on_chunk = self._calls.get(frame["id"], (None, None))
            if on_chunk is not None:
                self._tell(frame["id"], on_chunk, frame["chunk"])
        elif kind in ("result", "error"):
            self._settle(frame)

    def _tell(self, number: int, on_chunk: ChunkListener, chunk: Any) -> None:
        """A listener that raises ends its own call and nothing else."""
        try:
            on_chunk(chunk)
        except Exception as error:
            with self._lock:
                answer, _ = self._calls.pop(number, (None, None))
            if answer is not None and answer.set_running_or_notify_cancel():
                answer.set_exception(error)

    def _settle(self, frame: Frame) -> None:
        with self._lock:
            answer, _ = self._calls.pop(frame["id"], (None, None))
        if answer is None or not answer.set_running_or_notify_cancel():
            return
        if frame["type"] == "result":
            answer.set_result(frame["output"])
        else:
            answer.set_exception(AiosError.from_problem(frame["error"]))

    def _abort(self, problem: Problem) -> None:
        """The process is over: what is under way fails, and so does each further call."""
        error = AiosError.from_problem(problem)
        with self._lock:
            self._over = error
            calls = list(self._calls.values())
            self._calls.clear()
        self.ending.set(error)
        for answer, _ in calls:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(AiosError.from_problem(problem))
