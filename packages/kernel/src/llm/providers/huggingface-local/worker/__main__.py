"""Runs one Hugging Face model for the AIOS kernel, which starts this folder with Python and ends it.

Requests come as JSON lines on standard input, events go as JSON lines to standard output (messages.ts beside the folder
names them). One job runs at a time, in the order in which they came; `cancel` ends one that runs at its next token.
Nothing is fetched: the model lies in the folder that the kernel names. Code that comes with a model is not run.
"""

import json
import os
import queue
import signal
import sys
import threading

from model import Model
from refused import Refused


class Job:
    def __init__(self, request):
        self.id = request["id"]
        self.request = request
        self.cancelled = threading.Event()


class Channel:
    """Standard output, kept for events: whatever a library prints goes to standard error."""

    def __init__(self):
        self._file = os.fdopen(os.dup(1), "w", encoding="ascii")
        os.dup2(2, 1)

    def send(self, **event):
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()


class Inbox:
    """Reads requests while the model works, so that a cancellation arrives at once."""

    def __init__(self):
        self._jobs = {}
        self._waiting = queue.Queue()
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self):
        return self._waiting.get()

    def close(self, job):
        with self._lock:
            self._jobs.pop(job.id, None)

    def _read(self):
        for line in sys.stdin:
            request = json.loads(line)
            with self._lock:
                if request["kind"] == "cancel":
                    if request["id"] in self._jobs:
                        self._jobs[request["id"]].cancelled.set()
                    continue
                job = Job(request)
                self._jobs[job.id] = job
            self._waiting.put(job)
        # The kernel is gone, or wants no more.
        os._exit(0)


def main():
    # Ctrl-C in the kernel’s terminal reaches this process too; the kernel decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel()
    inbox = Inbox()
    options = json.loads(sys.argv[1])
    try:
        model = Model(options)
    except ImportError as error:
        channel.send(event="failed", module=error.name or "transformers", message=str(error))
        return
    except Exception as error:
        channel.send(event="failed", message=words_of(error))
        return
    channel.send(event="ready", device=model.device)
    while True:
        job = inbox.next()
        answer(model, job, channel)
        inbox.close(job)


def answer(model, job, channel):
    def send(**event):
        channel.send(id=job.id, **event)

    if job.cancelled.is_set():
        send(event="cancelled")
        return
    send(event="started")
    try:
        (model.chat if job.request["kind"] == "chat" else model.embed)(job, send)
    except Refused as error:
        send(event="refused", message=str(error))
    except ImportError as error:
        send(event="error", module=error.name or "", message=str(error))
    except Exception as error:
        send(event="error", message=words_of(error))


def words_of(error):
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
