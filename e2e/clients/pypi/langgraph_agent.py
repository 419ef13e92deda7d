"""LangGraph with LangChain's OpenAI model: a graph with tools, streams, structured output, embeddings."""

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from orders import EMBEDDING_MODEL, INSTRUCTIONS, MODELS, QUESTION, look_up_order, observe, report, total, usage
from pydantic import BaseModel


class Verdict(BaseModel):
    city: str
    late: bool


ASKED = {"messages": [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": QUESTION}]}


def graph_of(model: ChatOpenAI):
    asking = model.bind_tools([look_up_order])
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [asking.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([look_up_order]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


def usage_of(messages: list) -> dict:
    counted = [message.usage_metadata for message in messages if isinstance(message, AIMessage) and message.usage_metadata]
    return total([usage(one["input_tokens"], one["output_tokens"]) for one in counted])


def once(model: ChatOpenAI) -> dict:
    messages = graph_of(model).invoke(ASKED)["messages"]
    return {"answer": messages[-1].text, "usage": usage_of(messages)}


def streamed(model: ChatOpenAI) -> dict:
    pieces = [piece for piece, _ in graph_of(model).stream(ASKED, stream_mode="messages")]
    chunks = [piece for piece in pieces if isinstance(piece, AIMessageChunk)]
    texts = [chunk.text for chunk in chunks if chunk.text]
    return {"answer": "".join(texts), "deltas": len(texts), "usage": usage_of(chunks)}


def structured(model: str) -> dict:
    verdict = ChatOpenAI(model=model).with_structured_output(Verdict, method="json_schema", strict=True)
    return {"json": verdict.invoke("Give the verdict.").model_dump()}


def embeddings() -> dict:
    vectors = OpenAIEmbeddings(model=EMBEDDING_MODEL, check_embedding_ctx_length=False).embed_documents(["one", "two"])
    return {"lengths": [len(vector) for vector in vectors]}


for name in MODELS:
    for use_responses_api in (False, True):
        run = "responses" if use_responses_api else "chat"
        model = ChatOpenAI(model=name, use_responses_api=use_responses_api, stream_usage=True)
        observe(run, name, lambda: once(model))
        observe(f"{run}, streamed", name, lambda: streamed(model))
    observe("structured", name, lambda: structured(name))
observe("embeddings", EMBEDDING_MODEL, embeddings)
report()
