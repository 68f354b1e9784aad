"""What the whole graph and the graph of a brief have in common: stages as nodes, and the map over a paper's chunks."""

from types import ModuleType

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from graph.nodes import intake, summarize
from graph.services import Services
from graph.stage import as_node, as_part, as_turn
from graph.state import Context, Input, State

Arxla = CompiledStateGraph[State, Context, Input, State]
Wiring = StateGraph[State, Context, Input, State]


def wire(services: Services, *stages: ModuleType) -> Wiring:
    """A graph with `intake`, each module of `nodes/` as the node of its name, and `summarize` as the parts of a map."""
    graph: Wiring = StateGraph(State, context_schema=Context, input_schema=Input)
    graph.add_node("intake", as_turn("intake", intake.run, services))
    for stage in stages:
        name = stage.__name__.rpartition(".")[2]
        graph.add_node(name, as_node(name, stage.run, services))
    graph.add_node("summarize", as_part("summarize", summarize.run, services))
    return graph
