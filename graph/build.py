"""The graph. This file reads as the picture in the README, which a test keeps equal to the graph's own drawing."""

from collections.abc import Hashable

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START

from graph import routing
from graph.build_develop import build_develop_part
from graph.build_paper import build_paper_part
from graph.listening import Listening
from graph.nodes import approve_budget, approve_dataset, dataset, finalize, intake, recommend, report, research, tune
from graph.services import Services
from graph.state import Input
from graph.wiring import Arxla, as_one_node, wire


def build_graph(services: Services, checkpointer: BaseCheckpointSaver[str] | None = None) -> Arxla:
    """Wire the stages; `services` holds what a checkpoint can't (sandboxes, settings, agents)."""
    questions = (approve_dataset, approve_budget)
    stages = (intake, recommend, dataset, research, tune, finalize, report)
    graph = wire(services, *stages, *questions, input_schema=Input)
    graph.add_node("paper", as_one_node(build_paper_part(services)))
    graph.add_node("develop", as_one_node(build_develop_part(services)))

    over = ["approve_budget", "report"]
    to_dataset = ["approve_dataset", "dataset"]
    started: dict[Hashable, str] = {name: name for name in ("paper", *to_dataset, "report")}
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", routing.after_intake, started | {"answer": END})
    graph.add_conditional_edges("paper", routing.unless_ended("recommend"), ["recommend", *over])
    graph.add_conditional_edges("recommend", routing.after_recommend, [*to_dataset, *over])
    graph.add_conditional_edges("approve_dataset", routing.unless_ended("dataset"), ["dataset", "report"])
    graph.add_conditional_edges("dataset", routing.unless_ended("research"), ["research", *over])
    graph.add_conditional_edges("research", routing.unless_ended("develop"), ["develop", *over])
    graph.add_conditional_edges("develop", routing.after_develop, ["tune", "finalize", *over])
    graph.add_conditional_edges("tune", routing.after_tune, ["develop", "finalize", *over])
    graph.add_conditional_edges("finalize", routing.after_finalize, ["develop", *over])
    again = ["paper", "recommend", "dataset", "research", "develop", "tune", "finalize"]
    graph.add_conditional_edges("approve_budget", routing.after_budget, [*again, "report"])
    graph.add_edge("report", END)
    return Listening(**vars(graph.compile(checkpointer=checkpointer, name="arxla")))
