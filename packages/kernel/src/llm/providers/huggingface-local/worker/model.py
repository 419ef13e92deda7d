"""A model that is loaded: replies and embeddings."""

import json
import os

from deltas import Deltas
from prompt import NEXT_QUESTION, render
from refused import Refused

OPENING_THOUGHT = "<think>"
TEXTS_IN_BATCH = 16
# Where neither the request nor the model says how long a reply may be.
USUAL_REPLY_TOKENS = 4096


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
        prompt = render(self.tokenizer, request)
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
