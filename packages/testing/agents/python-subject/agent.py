"""Does what its input says: the subject of the conformance tests of the runtimes, as a plain function."""

import contextlib
import os
import queue
import signal
import sys
import threading
import time

from aios_sdk import Aios, AiosError, agent, needs_input


def call(aios, calls):
    outcomes = []
    for each in calls:
        try:
            outcomes.append({"output": aios.call(each["name"], each["input"])})
        except AiosError as error:
            outcomes.append({"code": error.code, "disposition": error.disposition})
    return outcomes


def stream(aios):
    texts = []
    reply = aios.llm.chat(
        messages=[{"role": "user", "content": "What is a core?"}],
        on_chunk=lambda chunk: texts.append(chunk.get("text", "")),
    )
    return {"text": "".join(texts), "content": reply["message"]["content"]}


def sleep(aios):
    # The line is there before the answer, so whoever reads it may tell the agent to end in between.
    with contextlib.suppress(AiosError):
        aios.process.log(text="asleep")
    aios.ending.wait()
    # The first call after it was told to end is cancelled.
    try:
        aios.process.log(text="putting things in order")
    except AiosError:
        aios.process.log(text="putting things in order")
    return "in order"


def spin(aios):
    aios.process.log(text="spinning")
    while True:
        pass


def hear(aios):
    heard = queue.Queue()
    aios.on_signal(lambda said: heard.put(said.message))
    aios.process.log(text="listening")
    while heard.empty():
        aios.time.sleep(forMs=10)
    return [heard.get()]


def remember(aios, value):
    now = aios.now()
    number = aios.memory.add(content=f"first of {value}")["id"]
    aios.process.log(text="half way")
    content = aios.message.receive()["content"]
    aios.memory.add(content=f"second of {value}")
    return {"now": now.isoformat(), "id": number, "content": content}


def crash_once(aios, path):
    now = aios.time.now()["now"]
    number = aios.memory.add(content="before the crash")["id"]
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(now)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    aios.memory.add(content="after the crash")
    with open(path) as file:
        return {"id": number, "same": file.read() == now}


def print_lines(value):
    print(f"printed {value}")
    print("printed an error", file=sys.stderr)
    return os.environ.get("AIOS_TEST_SECRET")


def throw_later(aios):
    """What is raised in a thread of its own ends that thread alone, as Python has it; here it is handed over."""
    raised = queue.Queue()
    threading.excepthook = raised.put
    threading.Thread(target=lambda: 1 / 0).start()
    raise RuntimeError(f"thrown into nowhere: {raised.get().exc_value}")


def exhaust():
    kept = []
    while True:
        kept.append(bytearray(1_000_000))


@agent(name="python-subject", description="Does what its input says.", permissions=["*"])
def run(aios: Aios, input):
    deed, value, calls = input["do"], input.get("value"), input.get("calls", [])
    if deed == "echo":
        return value
    if deed == "throw":
        raise RuntimeError("the agent failed on purpose")
    if deed == "ask":
        raise needs_input("Which account?")
    deeds = {
        "call": lambda: call(aios, calls),
        "stream": lambda: stream(aios),
        "sleep": lambda: sleep(aios),
        "spin": lambda: spin(aios),
        "hear": lambda: hear(aios),
        "remember": lambda: remember(aios, value),
        "crash once": lambda: crash_once(aios, value),
        "print": lambda: print_lines(value),
        "throw later": lambda: throw_later(aios),
        "exit": lambda: sys.exit(3),
        "exhaust": exhaust,
    }
    return deeds[deed]()
