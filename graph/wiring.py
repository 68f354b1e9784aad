"""Stages as nodes, and sub-graphs as nodes of a graph with the same state."""

from types import ModuleType
from typing import Any

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from graph.asking import as_question
from graph.context import Context
from graph.nodes import approve_budget, approve_code, approve_dataset, intake, summarize
from graph.services import Services
from graph.stage import events_to
from graph.state import GROWING, Input, State, Update
from graph.visit import Node, Work, as_node, as_part, as_turn

Arxla = CompiledStateGraph[State, Context, Input, State]
Part = CompiledStateGraph[State, Context, State, State]
Wiring = StateGraph[State, Context, Any, State]
Answering = StateGraph[Any, Context, Any, Any]
QUESTIONS = (approve_dataset, approve_code, approve_budget)


def wire(services: Services, *stages: ModuleType, input_schema: type[Any] = State) -> Wiring:
    """A graph with each module of `nodes/` as the node of its name."""
    graph: Wiring = StateGraph(State, context_schema=Context, input_schema=input_schema)
    for stage in stages:
        name = stage.__name__.rpartition(".")[2]
        if stage is intake:
            graph.add_node(name, as_turn(name, intake.run, services))
        elif stage in QUESTIONS:
            graph.add_node(name, as_question(name, stage, services))
        elif stage is summarize:
            graph.add_node(name, as_part(name, summarize.run, services))
        else:
            graph.add_node(name, as_node(name, stage.run, services))
    return graph


def add_stage(graph: Answering, work: Work, services: Services, schema: type[Any]) -> None:
    """A function as the node of its name, in a graph whose state is not a run's."""
    node: Any = as_node(work.__name__, work, services)
    graph.add_node(work.__name__, node, input_schema=schema)


def as_one_node(part: Part) -> Node:
    """A sub-graph as a node, which Studio still sees into; its events go where its parent's go.

    It begins with its parent's state and gives all of it back: lists that grow take the place of the parent's, whose
    reducers would have every line twice otherwise.
    """

    async def node(state: State, *, runtime: Runtime[Context]) -> Update:
        with events_to(runtime.stream_writer):
            found = await part.ainvoke(state)
        return {name: Overwrite(value) if name in GROWING else value for name, value in found.items()}

    return node
