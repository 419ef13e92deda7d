"""Does what its input says: the subject of the conformance tests of the runtimes, as a coroutine."""

import asyncio
import contextlib
import os
import signal
import sys

from aios_sdk import AiosError, AsyncAios, agent, needs_input


async def call(aios, calls):
    async def outcome(each):
        try:
            return {"output": await aios.call(each["name"], each["input"])}
        except AiosError as error:
            return {"code": error.code, "disposition": error.disposition}

    return list(await asyncio.gather(*(outcome(each) for each in calls)))


async def stream(aios):
    texts = []
    reply = await aios.llm.chat(
        messages=[{"role": "user", "content": "What is a core?"}],
        on_chunk=lambda chunk: texts.append(chunk.get("text", "")),
    )
    return {"text": "".join(texts), "content": reply["message"]["content"]}


async def sleep(aios):
    # The line is there before the answer, so whoever reads it may tell the agent to end in between.
    with contextlib.suppress(AiosError):
        await aios.process.log(text="asleep")
    await aios.ended()
    # The first call after it was told to end is cancelled.
    try:
        await aios.process.log(text="putting things in order")
    except AiosError:
        await aios.process.log(text="putting things in order")
    return "in order"


async def spin(aios):
    await aios.process.log(text="spinning")
    while True:
        pass


async def hear(aios):
    heard = []
    aios.on_signal(lambda said: heard.append(said.message))
    await aios.process.log(text="listening")
    while not heard:
        await aios.time.sleep(forMs=10)
    return heard


async def remember(aios, value):
    now = await aios.now()
    number = (await aios.memory.add(content=f"first of {value}"))["id"]
    await aios.process.log(text="half way")
    content = (await aios.message.receive())["content"]
    await aios.memory.add(content=f"second of {value}")
    return {"now": now.isoformat(), "id": number, "content": content}


async def crash_once(aios, path):
    now = (await aios.time.now())["now"]
    number = (await aios.memory.add(content="before the crash"))["id"]
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(now)
        os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(60)
    await aios.memory.add(content="after the crash")
    with open(path) as file:
        return {"id": number, "same": file.read() == now}


async def print_lines(value):
    print(f"printed {value}")
    print("printed an error", file=sys.stderr)
    return os.environ.get("AIOS_TEST_SECRET")


async def throw_later():
    async def throw():
        raise RuntimeError("thrown into nowhere")

    await asyncio.create_task(throw())


async def exhaust():
    kept = []
    while True:
        kept.append(bytearray(1_000_000))


async def leave():
    sys.exit(3)


@agent(name="async-python-subject", description="Does what its input says.", permissions=["*"])
async def run(aios: AsyncAios, input):
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
        "throw later": throw_later,
        "exit": leave,
        "exhaust": exhaust,
    }
    return await deeds[deed]()
