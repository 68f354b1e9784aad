"""The graph. This file reads as the picture in the README, which a test keeps equal to the graph's own drawing."""

from collections.abc import Hashable

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START

from graph import routing
from graph.nodes import (
    brief,
    code,
    dataset,
    debug,
    execute,
    finalize,
    recommend,
    report,
    research,
    retrieve,
    review,
    tune,
)
from graph.services import Services
from graph.wiring import Arxla, wire


def build_graph(services: Services, checkpointer: BaseCheckpointSaver[str] | None = None) -> Arxla:
    """Wire the stages; `services` holds what a checkpoint can't (sandboxes, settings, agents)."""
    paper = (retrieve, brief, recommend)
    develop = (dataset, research, code, review, execute, debug, tune, finalize)
    graph = wire(services, *paper, *develop, report)

    graph.add_edge(START, "intake")
    started: dict[Hashable, str] = {name: name for name in ("retrieve", "dataset", "report")}
    graph.add_conditional_edges("intake", routing.after_intake, started | {"answer": END})
    graph.add_conditional_edges("retrieve", routing.after_retrieve, ["summarize", "report"])
    graph.add_edge("summarize", "brief")
    graph.add_conditional_edges("brief", routing.unless_ended("recommend"), ["recommend", "report"])
    graph.add_conditional_edges("recommend", routing.unless_ended("dataset"), ["dataset", "report"])
    graph.add_conditional_edges("dataset", routing.unless_ended("research"), ["research", "report"])
    graph.add_conditional_edges("research", routing.unless_ended("code"), ["code", "report"])
    graph.add_conditional_edges("code", routing.unless_ended("review"), ["review", "report"])
    graph.add_conditional_edges("review", routing.after_review, ["code", "execute", "report"])
    graph.add_conditional_edges("execute", routing.after_execute, ["debug", "tune", "finalize", "report"])
    graph.add_conditional_edges("debug", routing.after_debug, ["review", "execute", "report"])
    graph.add_conditional_edges("tune", routing.after_tune, ["debug", "finalize", "report"])
    graph.add_conditional_edges("finalize", routing.after_finalize, ["debug", "report"])
    graph.add_edge("report", END)
    return graph.compile(checkpointer=checkpointer, name="arxla")
