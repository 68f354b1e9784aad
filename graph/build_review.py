"""The graph of a static code review: code in, findings, mended code and words out; nothing runs."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

from graph import routing
from graph.context import Context
from graph.nodes import code_review
from graph.services import Services
from graph.state import Json
from graph.wiring import Answering, add_stage
from runtime.task import Target


class ReviewInput(TypedDict, total=False):
    """A chat, whose last message holds the code; or the code, and the device that it is for."""

    messages: Annotated[list[AnyMessage], add_messages]
    code: str
    target: Target


class ReviewState(ReviewInput, total=False):
    """Checkpointed after every stage."""

    findings: list[Json]
    """`tools.review.Finding`, of the code as it was given."""
    fixed: str
    """The code with what is safe to mend mended; empty where nothing was."""
    applied: list[str]
    """Rules that were mended, one an occurrence."""
    outcome: str
    cause: str
    message: str


def build_review_graph(services: Services) -> CompiledStateGraph[Any, Context, Any, Any]:
    """read → check → reply."""
    graph: Answering = StateGraph(ReviewState, context_schema=Context, input_schema=ReviewInput)
    for stage in (code_review.read, code_review.check, code_review.reply):
        add_stage(graph, stage, services, ReviewState)
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", routing.or_reply("check"), ["check", "reply"])
    graph.add_edge("check", "reply")
    graph.add_edge("reply", END)
    return graph.compile(name="review")
