"""The connection against a kernel that the test plays."""

import asyncio
import json
import socket
import threading
import unittest

from aios_sdk import Aios, AiosError, AsyncAios
from aios_sdk.connection import Connection

PROBLEM = {
    "type": "urn:aios:error:not_found",
    "title": "not found",
    "status": 404,
    "detail": "There is none.",
    "code": "not_found",
    "disposition": "fix_input",
}


class Kernel:
    """The other side of a connection."""

    def __init__(self):
        own, other = socket.socketpair()
        self.closed = threading.Event()
        self.connection = Connection(other, self.closed.set)
        self._socket = own
        self._lines = own.makefile("rb")
        self.send({"type": "start", "pid": 7, "agent": "some", "entry": "", "input": None})
        self.connection.open()

    def send(self, frame):
        self._socket.sendall(json.dumps(frame).encode() + b"\n")

    def receive(self):
        return json.loads(self._lines.readline())

    def answer(self, call, output):
        self.send({"type": "result", "pid": 7, "id": call["id"], "output": output})

    def close(self):
        self._lines.close()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class ConnectionTest(unittest.TestCase):
    def setUp(self):
        self.kernel = Kernel()
        self.addCleanup(self.kernel.closed.wait, 5)
        self.addCleanup(self.kernel.close)
        self.aios = Aios(self.kernel.connection)

    def in_thread(self, work):
        """Begins work in another thread; the result of the function given back is that of the work."""
        outcome = {}

        def run():
            try:
                outcome["result"] = work()
            except BaseException as error:
                outcome["error"] = error

        thread = threading.Thread(target=run)
        thread.start()

        def finish():
            thread.join(10)
            self.assertFalse(thread.is_alive())
            if "error" in outcome:
                raise outcome["error"]
            return outcome["result"]

        return finish

    def test_a_call_is_a_frame_and_its_answer_the_result(self):
        finish = self.in_thread(lambda: self.aios.storage.read(path="/ä", deadline_ms=500))
        call = self.kernel.receive()
        self.assertEqual(
            call,
            {"type": "call", "pid": 7, "id": 1, "name": "storage.read", "input": {"path": "/ä"}, "deadlineMs": 500},
        )
        self.kernel.answer(call, {"content": "🦊"})
        self.assertEqual(finish(), {"content": "🦊"})

    def test_an_error_is_raised_with_code_and_disposition(self):
        finish = self.in_thread(lambda: self.aios.storage.read(path="/"))
        self.kernel.send({"type": "error", "pid": 7, "id": self.kernel.receive()["id"], "error": PROBLEM})
        with self.assertRaises(AiosError) as raised:
            finish()
        self.assertEqual((raised.exception.code, raised.exception.disposition), ("not_found", "fix_input"))

    def test_what_is_not_json_is_refused_and_takes_no_number(self):
        for value in (object(), float("nan")):
            with self.assertRaises(AiosError) as raised:
                self.aios.memory.add(content=value)
            self.assertEqual(raised.exception.code, "invalid_argument")
        finish = self.in_thread(lambda: self.aios.time.now())
        call = self.kernel.receive()
        self.assertEqual(call["id"], 1)
        self.kernel.answer(call, {})
        finish()

    def test_chunks_come_before_the_answer(self):
        chunks = []
        finish = self.in_thread(lambda: self.aios.llm.chat(messages=[], on_chunk=chunks.append))
        call = self.kernel.receive()
        self.assertTrue(call["stream"])
        for text in "abc":
            self.kernel.send({"type": "chunk", "pid": 7, "id": call["id"], "chunk": text})
        self.kernel.answer(call, "abc")
        self.assertEqual(finish(), "abc")
        self.assertEqual(chunks, ["a", "b", "c"])

    def test_a_chunk_listener_that_raises_ends_its_own_call(self):
        finish = self.in_thread(lambda: self.aios.llm.chat(messages=[], on_chunk=lambda chunk: 1 / 0))
        call = self.kernel.receive()
        self.kernel.send({"type": "chunk", "pid": 7, "id": call["id"], "chunk": "x"})
        with self.assertRaises(ZeroDivisionError):
            finish()
        again = self.in_thread(lambda: self.aios.time.now())
        self.kernel.answer(self.kernel.receive(), {"now": "later"})
        self.assertEqual(again(), {"now": "later"})

    def test_abort_fails_what_is_under_way_and_what_follows(self):
        finish = self.in_thread(lambda: self.aios.time.sleep(forMs=1000))
        self.kernel.receive()
        self.kernel.send({"type": "abort", "pid": 7, "error": {**PROBLEM, "code": "cancelled"}})
        with self.assertRaises(AiosError):
            finish()
        with self.assertRaises(AiosError):
            self.aios.time.now()
        self.assertTrue(self.aios.ending.is_set())

    def test_much_in_both_directions_at_once_does_not_lock_up(self):
        text = "x" * 300_000
        finish = [self.in_thread(lambda: self.aios.memory.add(content=text)) for _ in range(8)]
        # The kernel answers while it is still being sent to, as one that reads no further until its answers are read.
        calls = [self.kernel.receive() for _ in range(8)]
        for call in calls:
            self.kernel.answer(call, text)
        self.assertEqual([each() for each in finish], [text] * 8)

    def test_random_numbers_are_the_same_in_each_run(self):
        def numbers():
            finish = self.in_thread(lambda: [self.aios.random().random() for _ in range(1)])
            self.kernel.answer(self.kernel.receive(), {"now": "2026-11-25T12:00:00.000Z"})
            return finish()

        self.assertEqual(numbers(), numbers())

    def test_the_end_of_the_connection_is_told(self):
        self.kernel._socket.shutdown(socket.SHUT_RDWR)
        self.assertTrue(self.kernel.closed.wait(5))
        self.kernel = Kernel()
        self.addCleanup(self.kernel.close)


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.kernel = Kernel()
        self.addCleanup(self.kernel.close)

    async def test_calls_that_are_gathered_are_numbered_in_their_order(self):
        aios = AsyncAios(self.kernel.connection, asyncio.get_running_loop())
        gathered = asyncio.gather(*(aios.memory.add(content=str(number)) for number in range(20)))
        await asyncio.sleep(0)
        calls = [await asyncio.to_thread(self.kernel.receive) for _ in range(20)]
        self.assertEqual([call["input"]["content"] for call in calls], [str(number) for number in range(20)])
        self.assertEqual([call["id"] for call in calls], list(range(1, 21)))
        for call in reversed(calls):
            self.kernel.answer(call, call["id"])
        self.assertEqual(await gathered, list(range(1, 21)))

    async def test_cancelling_a_task_cancels_its_call(self):
        aios = AsyncAios(self.kernel.connection, asyncio.get_running_loop())
        task = asyncio.create_task(aios.time.sleep(forMs=60_000))
        call = await asyncio.to_thread(self.kernel.receive)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        cancel = await asyncio.to_thread(self.kernel.receive)
        self.assertEqual(cancel, {"type": "cancel", "pid": 7, "id": call["id"]})
        # The answer of a cancelled call is nobody's, and disturbs nothing.
        self.kernel.answer(call, {})
        now = asyncio.create_task(aios.time.now())
        self.kernel.answer(await asyncio.to_thread(self.kernel.receive), "now")
        self.assertEqual(await now, "now")

    async def test_a_signal_is_heard_before_the_answer_that_follows_it(self):
        aios = AsyncAios(self.kernel.connection, asyncio.get_running_loop())
        heard = []
        aios.on_signal(lambda said: heard.append(said.message))
        self.assertEqual((await asyncio.to_thread(self.kernel.receive))["type"], "listening")
        call = asyncio.create_task(aios.time.now())
        frame = await asyncio.to_thread(self.kernel.receive)
        said = {"signal": "interrupt", "message": "left", "sentAt": "now"}
        self.kernel.send({"type": "signal", "pid": 7, "signal": said})
        self.kernel.answer(frame, {})
        await call
        self.assertEqual(heard, ["left"])


if __name__ == "__main__":
    unittest.main()
