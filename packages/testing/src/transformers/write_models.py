"""Writes small models into a Hugging Face cache, for tests: python write_models.py HUB JSON

The JSON is a list of models. A scripted one is a real Llama whose weights are chosen, not learned: attention and MLP add
nothing, so that each token decides the next one, and its replies are chains of tokens. Its chat template begins the reply
with the first token of a chain; which one it is depends on the words of the last question. A random one has random weights.
"""

import json
import os
import sys

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

START, END = "<|start|>", "<|end|>"
REVISION = "0123456789abcdef"
TURNS = "{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>{% endfor %}"


def main():
    hub, wanted = sys.argv[1], json.loads(sys.argv[2])
    for one in wanted:
        root = os.path.join(hub, "models--" + one["name"].replace("/", "--"))
        folder = os.path.join(root, "snapshots", REVISION)
        os.makedirs(folder)
        os.makedirs(os.path.join(root, "refs"))
        with open(os.path.join(root, "refs", "main"), "w", encoding="ascii") as file:
            file.write(REVISION)
        WRITERS[one["kind"]](folder, one)


def write_scripted(folder, wanted):
    chains = wanted["replies"]
    marks = [f"<|{index}|>" for index in range(len(chains))]
    tokenizer = new_tokenizer([*marks, *dict.fromkeys(piece for chain in chains for piece in chain["pieces"])])
    # An odd piece of template: the words of all messages choose the chain.
    said = "{% set said = messages | map(attribute='content') | join(' ') %}"
    cases = "".join(
        f"{{% {'if' if index == 0 else 'elif'} {json.dumps(chain['when'])} in said %}}{mark}"
        for index, (chain, mark) in enumerate(zip(chains[:-1], marks[:-1]))
    )
    choice = f"{cases}{{% else %}}{marks[-1]}{{% endif %}}" if len(chains) > 1 else marks[0]
    if wanted.get("plain"):
        # The prompt of a model without a template ends in "Assistant:".
        marks = [":"]
    else:
        tokenizer.chat_template = wanted.get("refusal", "") + TURNS + said + choice

    model = new_model(tokenizer, hidden=len(tokenizer), window=wanted.get("contextTokens", 4096))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for layer in model.model.layers:
            layer.input_layernorm.weight.fill_(1)
            layer.post_attention_layernorm.weight.fill_(1)
        model.model.norm.weight.fill_(1)
        model.model.embed_tokens.weight.copy_(torch.eye(model.config.hidden_size))
        for mark, chain in zip(marks, chains):
            tokens = [*map(tokenizer.convert_tokens_to_ids, [mark, *chain["pieces"]])]
            last = tokens[1] if chain.get("endless") else tokenizer.eos_token_id
            for token, following in zip(tokens, [*tokens[1:], last]):
                model.lm_head.weight[following, token] = 10
    save(model, tokenizer, folder)


def write_random(folder, wanted):
    tokenizer = new_tokenizer([])
    tokenizer.chat_template = TURNS + "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
    torch.manual_seed(7)
    save(new_model(tokenizer, hidden=32, window=wanted.get("contextTokens", 512)), tokenizer, folder)


def write_encoder(folder, wanted):
    tokenizer = new_tokenizer([])
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=wanted.get("contextTokens", 128),
    )
    save(BertModel(config), tokenizer, folder)


def new_tokenizer(pieces):
    """Bytes, and these pieces as tokens of their own."""
    vocabulary = {character: index for index, character in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END)
    fast.add_tokens([AddedToken(START, special=True)], special_tokens=True)
    fast.add_tokens([AddedToken(piece, normalized=False) for piece in pieces])
    return fast


def new_model(tokenizer, hidden, window):
    hidden += -hidden % 4
    config = LlamaConfig(
        vocab_size=hidden if hidden > len(tokenizer) else len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=window,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )
    return LlamaForCausalLM(config)


def save(model, tokenizer, folder):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


WRITERS = {"scripted": write_scripted, "random": write_random, "encoder": write_encoder}

if __name__ == "__main__":
    main()
