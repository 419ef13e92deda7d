"""The program of a child process of the kernel: runs one agent, or describes it.

It finds the kernel at file descriptor 3, a socket that it inherits: holding it is what says who it is.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from urllib.parse import unquote, urlsplit

from .agent import load_agent
from .connection import Connection, Frame
from .errors import to_problem

_CHANNEL = 3


def _leave() -> None:
    """The kernel is gone or needs the program no longer; what the agent computes is nobody's."""
    os._exit(0)


def _limit_memory(limit: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _path_of(entry: str) -> str:
    return unquote(urlsplit(entry).path)


def _describe(frame: Frame) -> Frame:
    try:
        outcome = {"ok": True, "output": load_agent(_path_of(frame["entry"])).manifest}
    except BaseException as error:
        outcome = {"ok": False, "error": to_problem(error)}
    return {"type": "described", "id": frame["id"], "outcome": outcome}


def _run(connection: Connection, frame: Frame) -> Frame:
    pid = frame["pid"]
    try:
        connection.send({"type": "started", "pid": pid})
        agent = load_agent(_path_of(frame["entry"]))
        outcome = {"ok": True, "output": agent.start(connection, frame["input"])}
    except SystemExit:
        raise
    except BaseException as error:
        traceback.print_exc()
        outcome = {"ok": False, "error": to_problem(error)}
    return {"type": "exit", "pid": pid, "outcome": outcome}


def _send_end(connection: Connection, end: Frame) -> None:
    """What an agent returns may be no JSON, which ends its process as failed instead of never."""
    try:
        connection.send(end)
    except (TypeError, ValueError) as error:
        problem = to_problem(TypeError(f"The agent's output is not JSON: {error}"))
        connection.send({**end, "outcome": {"ok": False, "error": problem}})


def main() -> None:
    _limit_memory(int(sys.argv[1]))
    channel = socket.socket(fileno=_CHANNEL)
    os.set_inheritable(_CHANNEL, False)
    connection = Connection(channel, _leave)
    first = connection.open()
    end = _describe(first) if first["type"] == "describe" else _run(connection, first)
    try:
        _send_end(connection, end)
    except OSError:
        # The kernel has closed the connection: the process was ended meanwhile.
        _leave()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that the agent left behind would keep the program.
    os._exit(0)


if __name__ == "__main__":
    main()
