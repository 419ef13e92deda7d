"""The text of a reply, token by token."""

# A character has four bytes at most, and a token at least one.
TOKENS_OF_A_CHARACTER = 4


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
