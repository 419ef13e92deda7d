"""What an agent is told while it runs: signals, and that it should come to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import AiosError


@dataclass(frozen=True)
class Signal:
    """A ``terminate`` or an ``interrupt`` with its message."""

    signal: str
    message: Any
    sent_at: str
    sender: int | None = None


SignalListener = Callable[[Signal], None]


class Ending:
    """Whether the process must come to its end, and why. Own waits and loops must watch it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self.reason: AiosError | None = None

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the process must end, at most ``timeout`` seconds; says whether it must."""
        return self._event.wait(timeout)

    def set(self, reason: AiosError) -> None:
        with self._lock:
            if self._event.is_set():
                return
            self.reason = reason
            self._event.set()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def on_set(self, listener: Callable[[], None]) -> None:
        """Calls back once it is set, at once where it is; from another thread."""
        with self._lock:
            if not self._event.is_set():
                self._listeners.append(listener)
                return
        listener()
