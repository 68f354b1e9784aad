"""The graph. This file reads as the picture in the README, which a test keeps equal to the graph's own drawing."""

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy

from graph import routing
from graph.failures import BOX_RETRIES, end_with_outcome
from graph.nodes import code, dataset, debug, execute, finalize, intake, report, research, review, tune
from graph.services import Services
from graph.stage import Work, as_node
from graph.state import Context, Input, State

Arxla = CompiledStateGraph[State, Context, Input, State]


def build_graph(services: Services, checkpointer: BaseCheckpointSaver[str] | None = None) -> Arxla:
    """Wire the stages; `services` holds what a checkpoint can't (sandboxes, settings, agents)."""
    graph = StateGraph(State, context_schema=Context, input_schema=Input)

    def add(name: str, work: Work, retry_policy: RetryPolicy | None = None) -> None:
        node = as_node(name, work, services)
        graph.add_node(name, node, retry_policy=retry_policy, error_handler=end_with_outcome)  # type: ignore[call-overload]

    add("intake", intake.run)
    add("dataset", dataset.run)
    add("research", research.run)
    add("code", code.run)
    add("review", review.run)
    add("execute", execute.run, retry_policy=BOX_RETRIES)
    add("debug", debug.run)
    add("tune", tune.run, retry_policy=BOX_RETRIES)
    add("finalize", finalize.run, retry_policy=BOX_RETRIES)
    graph.add_node("report", as_node("report", report.run, services))

    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", routing.after_intake, {"dataset": "dataset", "answer": END})
    graph.add_edge("dataset", "research")
    graph.add_edge("research", "code")
    graph.add_edge("code", "review")
    graph.add_conditional_edges("review", routing.after_review, ["code", "execute", "report"])
    graph.add_conditional_edges("execute", routing.after_execute, ["debug", "tune", "finalize", "report"])
    graph.add_conditional_edges("debug", routing.after_debug, ["review", "execute", "report"])
    graph.add_conditional_edges("tune", routing.after_tune, ["debug", "finalize", "report"])
    graph.add_conditional_edges("finalize", routing.after_finalize, ["debug", "report"])
    graph.add_edge("report", END)
    return graph.compile(checkpointer=checkpointer, name="arxla")
