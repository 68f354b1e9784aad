"""The graph of a literature review: a question, or a dataset, and no run."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

from graph import routing
from graph.context import Context
from graph.nodes import literature
from graph.services import Services
from graph.state import Json
from graph.wiring import Answering, add_stage


class ResearchInput(TypedDict, total=False):
    """A chat, whose last message is what is asked; or a question, a dataset, or both."""

    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    dataset: str
    """A name, or the path of a file or folder."""
    goal: str


class ResearchState(ResearchInput, total=False):
    """Checkpointed after every stage."""

    task: Json
    profile: Json
    """DataProfile; empty without a dataset."""
    literature: Json
    """LiteratureReview."""
    outcome: str
    cause: str
    message: str


def build_research_graph(services: Services) -> CompiledStateGraph[Any, Context, Any, Any]:
    """ask → profile, where there is data → search → reply."""
    graph: Answering = StateGraph(ResearchState, context_schema=Context, input_schema=ResearchInput)
    for stage in (literature.ask, literature.profile, literature.search, literature.reply):
        add_stage(graph, stage, services, ResearchState)
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", routing.after_ask, ["profile", "search", "reply"])
    graph.add_conditional_edges("profile", routing.or_reply("search"), ["search", "reply"])
    graph.add_edge("search", "reply")
    graph.add_edge("reply", END)
    return graph.compile(name="research")
