"""The part of the graph that reads a paper: the whole graph and the graph of a brief begin with it."""

from langgraph.graph import END, START

from graph import routing
from graph.nodes import brief, retrieve, summarize
from graph.services import Services
from graph.wiring import Part, wire


def build_paper_part(services: Services) -> Part:
    """retrieve → summarize, once for each chunk → brief."""
    graph = wire(services, retrieve, summarize, brief)
    graph.add_conditional_edges(START, routing.enter_paper, ["retrieve", "summarize"])
    graph.add_conditional_edges("retrieve", routing.after_retrieve, ["summarize", END])
    graph.add_edge("summarize", "brief")
    graph.add_edge("brief", END)
    return graph.compile(name="paper")
