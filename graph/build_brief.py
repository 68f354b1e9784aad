"""The graph of a brief: from a paper to what code needs of it, and no further."""

from collections.abc import Hashable

from langgraph.graph import END, START

from graph import routing
from graph.build_paper import build_paper_part
from graph.nodes import intake
from graph.services import Services
from graph.state import Input
from graph.wiring import Arxla, as_one_node, wire


def build_brief_graph(services: Services) -> Arxla:
    """Wire the stages of a paper alone; nothing that trains is imported."""
    graph = wire(services, intake, input_schema=Input)
    graph.add_node("paper", as_one_node(build_paper_part(services)))
    graph.add_edge(START, "intake")
    ends: dict[Hashable, str] = dict.fromkeys(("dataset", "approve_dataset", "report", "answer"), END)
    graph.add_conditional_edges("intake", routing.after_intake, ends | {"paper": "paper"})
    graph.add_edge("paper", END)
    return graph.compile(name="brief")
