"""How a conversation becomes the text that a model continues."""

from refused import Refused

# What a model without a chat template writes when its answer is over.
NEXT_QUESTION = "\nUser:"


def render(tokenizer, request):
    """The conversation as the model reads it, up to where its reply begins."""
    messages = request["messages"]
    if not tokenizer.chat_template:
        return plain_prompt(messages)
    # Without it transformers fails with a NameError.
    import jinja2

    more = {"enable_thinking": request["thinks"]} if "thinks" in request else {}

    def fill(turns):
        return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **more)

    try:
        return fill(messages)
    except jinja2.exceptions.TemplateError as error:
        simpler = merged(messages)
        if simpler == messages:
            raise Refused(f"The chat template of the model refuses these messages: {error}")
        try:
            return fill(simpler)
        except jinja2.exceptions.TemplateError:
            raise Refused(f"The chat template of the model refuses these messages: {error}")


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
