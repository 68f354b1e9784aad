"""The graph of a brief: from a paper to what code needs of it, and no further."""

from collections.abc import Hashable

from langgraph.graph import END, START

from graph import routing
from graph.build_paper import build_paper_part
from graph.nodes import intake, tell_brief
from graph.services import Services
from graph.state import Input
from graph.visit import as_node
from graph.wiring import Arxla, as_one_node, wire


def build_brief_graph(services: Services) -> Arxla:
    """Wire the stages of a paper alone, and say what came of it; nothing that trains is imported."""
    graph = wire(services, intake, input_schema=Input)
    graph.add_node("paper", as_one_node(build_paper_part(services)))
    graph.add_node("reply", as_node("reply", tell_brief.run, services))
    graph.add_edge(START, "intake")
    others: dict[Hashable, str] = dict.fromkeys(("dataset", "approve_dataset", "report"), "reply")
    graph.add_conditional_edges("intake", routing.after_intake, others | {"paper": "paper", "answer": END})
    graph.add_edge("paper", "reply")
    graph.add_edge("reply", END)
    return graph.compile(name="brief")
