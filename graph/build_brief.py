"""The graph of a brief: from a paper to what code needs of it, and no further."""

from langgraph.graph import END, START

from graph import routing
from graph.nodes import brief, retrieve
from graph.services import Services
from graph.wiring import Arxla, wire


def build_brief_graph(services: Services) -> Arxla:
    """Wire the stages of a paper alone; nothing that trains is imported."""
    graph = wire(services, retrieve, brief)
    graph.add_edge(START, "intake")
    graph.add_conditional_edges(
        "intake", routing.after_intake, {"retrieve": "retrieve", "dataset": END, "report": END, "answer": END}
    )
    graph.add_conditional_edges("retrieve", routing.after_retrieve, {"summarize": "summarize", "report": END})
    graph.add_edge("summarize", "brief")
    graph.add_edge("brief", END)
    return graph.compile(name="brief")
