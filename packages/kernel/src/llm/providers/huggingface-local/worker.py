"""Runs one Hugging Face model for the AIOS kernel, which starts this file and ends it.

Requests come as JSON lines on standard input, events go as JSON lines to standard output (messages.ts beside this file
names them). One job runs at a time, in the order in which they came; `cancel` ends one that runs at its next token.
Nothing is fetched: the model lies in the folder that the kernel names. Code that comes with a model is not run.
"""

import json
import os
import queue
import signal
import sys
import threading

OPENING_THOUGHT = "<think>"
# What a model without a chat template writes when its answer is over.
NEXT_QUESTION = "\nUser:"
TEXTS_IN_BATCH = 16
# A character has four bytes at most, and a token at least one.
TOKENS_OF_A_CHARACTER = 4
# Where neither the request nor the model says how long a reply may be.
USUAL_REPLY_TOKENS = 4096


class Refused(Exception):
    """The request cannot be answered by this model."""


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


class Model:
    def __init__(self, options):
        import torch
        import transformers

        self.torch = torch
        self.halting = transformers.StoppingCriteriaList
        folder = options["folder"]
        self.device = options.get("device") or best_device(torch)
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        kind = transformers.AutoModel if options["kind"] == "encoder" else transformers.AutoModelForCausalLM
        # The type that the weights have. From version 5 on that is the default.
        dtype = {} if int(transformers.__version__.split(".")[0]) >= 5 else {"torch_dtype": "auto"}
        model = kind.from_pretrained(folder, local_files_only=True, **dtype)
        if self.device == "cpu" and model.dtype == torch.float16:
            model = model.float()
        self.model = model.to(self.device).eval()
        self.window = options.get("contextTokens")
        self.pooling = pooling_of(folder)

    def chat(self, job, send):
        request = job.request
        prompt = self._render(request)
        encoded = self.tokenizer(prompt, add_special_tokens=False, return_tensors="pt").to(self.device)
        ids = encoded["input_ids"]
        count = ids.shape[1]
        limit = self._limit(count, request.get("maxTokens"))
        stops = [*request.get("stop", []), *([] if self.tokenizer.chat_template else [NEXT_QUESTION])]
        deltas = Deltas(self.tokenizer, stops, lambda text: send(event="text", text=text))
        if prompt.rstrip().endswith(OPENING_THOUGHT):
            send(event="text", text=OPENING_THOUGHT)
        self._seed(request.get("seed"))
        with self.torch.inference_mode():
            output = self.model.generate(
                input_ids=ids,
                attention_mask=encoded["attention_mask"],
                max_new_tokens=limit,
                num_beams=1,
                pad_token_id=self.tokenizer.pad_token_id,
                streamer=deltas,
                stopping_criteria=self._halting(lambda: deltas.stopped or job.cancelled.is_set()),
                **sampling_of(request),
            )
        if job.cancelled.is_set():
            send(event="cancelled")
            return
        deltas.finish()
        ended = deltas.stopped or int(output[0, -1]) in self._ends()
        send(
            event="end",
            finishReason="stop" if ended else "length",
            inputTokens=count,
            outputTokens=output.shape[1] - count,
        )

    def embed(self, job, send):
        texts = job.request["texts"]
        tokens = 0
        for start in range(0, len(texts), TEXTS_IN_BATCH):
            if job.cancelled.is_set():
                send(event="cancelled")
                return
            batch = self.tokenizer(texts[start : start + TEXTS_IN_BATCH], padding=True, return_tensors="pt").to(
                self.device
            )
            mask = batch["attention_mask"]
            if self.window is not None and mask.shape[1] > self.window:
                raise Refused(f"A text has {mask.shape[1]} tokens; the model takes {self.window}. Cut it into pieces.")
            with self.torch.inference_mode():
                inputs = {"input_ids": batch["input_ids"], "attention_mask": mask}
                states = self.model.base_model(**inputs).last_hidden_state.float()
                vectors = self._pool(states, mask)
            tokens += int(mask.sum())
            send(event="vectors", vectors=vectors.tolist())
        send(event="end", finishReason="stop", inputTokens=tokens, outputTokens=0)

    def _render(self, request):
        messages = request["messages"]
        if not self.tokenizer.chat_template:
            return plain_prompt(messages)
        # Without it transformers fails with a NameError.
        import jinja2

        more = {"enable_thinking": request["thinks"]} if "thinks" in request else {}

        def render(turns):
            return self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **more)

        try:
            return render(messages)
        except jinja2.exceptions.TemplateError as error:
            simpler = merged(messages)
            if simpler == messages:
                raise Refused(f"The chat template of the model refuses these messages: {error}")
            try:
                return render(simpler)
            except jinja2.exceptions.TemplateError:
                raise Refused(f"The chat template of the model refuses these messages: {error}")

    def _limit(self, count, wanted):
        if self.window is None:
            return wanted or USUAL_REPLY_TOKENS
        room = self.window - count
        if room < 1:
            raise Refused(f"The messages have {count} tokens and the context window of the model is {self.window}.")
        return min(wanted or room, room)

    def _seed(self, seed):
        if seed is None:
            self.torch.seed()
        else:
            self.torch.manual_seed(seed)

    def _halting(self, should_halt):
        def criteria(input_ids, scores, **_):
            return self.torch.full((input_ids.shape[0],), should_halt(), dtype=self.torch.bool, device=input_ids.device)

        return self.halting([criteria])

    def _ends(self):
        ends = self.model.generation_config.eos_token_id
        if ends is None:
            ends = self.tokenizer.eos_token_id
        return ends if isinstance(ends, list) else [ends]

    def _pool(self, states, mask):
        if self.pooling == "cls":
            rows = self.torch.arange(mask.shape[0], device=mask.device)
            pooled = states[rows, mask.argmax(dim=1)]
        elif self.pooling == "last":
            rows = self.torch.arange(mask.shape[0], device=mask.device)
            places = self.torch.arange(mask.shape[1], device=mask.device)
            pooled = states[rows, (mask * places).argmax(dim=1)]
        else:
            weights = mask.unsqueeze(-1).float()
            pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        return self.torch.nn.functional.normalize(pooled, dim=1)


class Deltas:
    """Takes tokens as they are made and passes on the text that they add, up to the first stop sequence."""

    def __init__(self, tokenizer, stops, emit):
        self.stopped = False
        self._tokenizer = tokenizer
        self._stops = stops
        self._emit = emit
        self._has_prompt = False
        self._tokens = []
        self._waiting = ""
        # A token’s text can depend on the one before it, so text is the difference between two decodings.
        self._prefix = 0
        self._read = 0

    def put(self, value):
        if not self._has_prompt:
            self._has_prompt = True
            return
        self._tokens.extend(value.reshape(-1).tolist())
        before = self._decode(self._tokens[self._prefix : self._read])
        after = self._decode(self._tokens[self._prefix :])
        # A character that is not complete yet ends in the replacement character.
        is_incomplete = after.endswith("\ufffd") and len(self._tokens) - self._read < TOKENS_OF_A_CHARACTER
        if len(after) <= len(before) or is_incomplete:
            return
        self._prefix, self._read = self._read, len(self._tokens)
        self._add(after[len(before) :])

    def end(self):
        """Part of transformers’ interface of a streamer; `finish` does it, once it is known that the reply counts."""

    def finish(self):
        rest = self._decode(self._tokens[self._prefix :])[len(self._decode(self._tokens[self._prefix : self._read])) :]
        self._add(rest)
        if not self.stopped and self._waiting:
            self._emit(self._waiting)

    def _decode(self, tokens):
        return self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _add(self, text):
        if self.stopped:
            return
        self._waiting += text
        places = [place for place in (self._waiting.find(stop) for stop in self._stops if stop) if place >= 0]
        if places:
            self.stopped = True
            shown = min(places)
        else:
            shown = len(self._waiting) - self._possible_stop()
        if shown > 0:
            self._emit(self._waiting[:shown])
        self._waiting = self._waiting[shown:]

    def _possible_stop(self):
        """How much of the end may be the beginning of a stop sequence."""
        lengths = (
            length
            for stop in self._stops
            for length in range(1, len(stop))
            if self._waiting.endswith(stop[:length])
        )
        return max(lengths, default=0)


def sampling_of(request):
    """Where the request says nothing, the model’s own generation_config holds."""
    temperature = request.get("temperature")
    top_p = request.get("topP")
    if temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    settings = {}
    if temperature is not None:
        settings.update(do_sample=True, temperature=float(temperature))
    if top_p is not None:
        # Nucleus sampling of none is that of the likeliest token.
        settings.update(do_sample=True, top_p=max(float(top_p), 1e-6))
    if request.get("topK") is not None:
        settings.update(do_sample=True, top_k=request["topK"])
    return settings


def merged(messages):
    """Instructions as part of the first question, and one message for several of a role: some templates want it so."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    turns = []
    for message in messages:
        if message["role"] == "system":
            continue
        if turns and turns[-1]["role"] == message["role"]:
            turns[-1] = {**message, "content": turns[-1]["content"] + "\n\n" + message["content"]}
        else:
            turns.append(message)
    if not system:
        return turns
    instructions = "\n\n".join(system)
    if turns and turns[0]["role"] == "user":
        return [{"role": "user", "content": instructions + "\n\n" + turns[0]["content"]}, *turns[1:]]
    return [{"role": "user", "content": instructions}, *turns]


def plain_prompt(messages):
    """For a model without a chat template, which continues texts."""
    names = {"system": "System", "user": "User", "assistant": "Assistant"}
    return "".join(f"{names[m['role']]}: {m['content']}\n" for m in messages) + "Assistant:"


def pooling_of(folder):
    """What sentence-transformers says of how the model pools; the mean where it says nothing."""
    try:
        with open(os.path.join(folder, "1_Pooling", "config.json"), encoding="utf-8") as file:
            pooling = json.load(file)
    except FileNotFoundError:
        return "mean"
    if pooling.get("pooling_mode_cls_token"):
        return "cls"
    return "last" if pooling.get("pooling_mode_lasttoken") else "mean"


def best_device(torch):
    if torch.cuda.is_available():
        return "cuda"
    mps = getattr(torch.backends, "mps", None)
    return "mps" if mps is not None and mps.is_available() else "cpu"


if __name__ == "__main__":
    main()
