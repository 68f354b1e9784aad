"""The part of the graph that gets code to run: written, reviewed, executed, and corrected as long as it may."""

from langgraph.graph import END, START

from graph import routing
from graph.nodes import approve_code, code, debug, execute, review
from graph.services import Services
from graph.wiring import Part, wire


def build_develop_part(services: Services) -> Part:
    """code → review → execute, with the debugger for what fails, here or later."""
    graph = wire(services, code, review, approve_code, execute, debug)
    graph.add_conditional_edges(START, routing.enter_develop, list(routing.DEVELOP))
    graph.add_conditional_edges("code", routing.after_code, ["review", END])
    graph.add_conditional_edges("review", routing.after_review, ["code", "approve_code", "execute", END])
    graph.add_conditional_edges("approve_code", routing.after_approval, ["code", "execute", END])
    graph.add_conditional_edges("execute", routing.after_execute, ["debug", END])
    graph.add_conditional_edges("debug", routing.after_debug, ["review", "execute", END])
    return graph.compile(name="develop")
