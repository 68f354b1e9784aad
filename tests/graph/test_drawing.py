"""The README's picture is the graph's own drawing."""

import re
from pathlib import Path

from langchain_core.runnables.graph import Edge

from graph.build import build_graph
from graph.services import Services
from runtime.settings import load_settings

README = Path(__file__).parents[2] / "README.md"
EVERY_STAGE_MAY = ("report", "approve_budget")
"""Edges to these (and from the latter) would hide the others; the README says that they are left out."""

LAST = {("finalize", "report"), ("report", "__end__")}

AGAIN = ("paper:summarize", "develop:review", "develop:execute")
"""Where a sub-graph is entered only when more budget was given."""


def _again(edge: Edge) -> bool:
    return edge.source.endswith("__start__") and edge.target in AGAIN


def picture() -> str:
    """The graph with its sub-graphs, inner stages by their own names."""
    drawn = build_graph(Services(load_settings(env_file=None))).get_graph(xray=True)
    kept = [edge for edge in drawn.edges if not {edge.source, edge.target} & set(EVERY_STAGE_MAY) and not _again(edge)]
    ends = [
        edge for edge in drawn.edges if (edge.source, edge.target) in {("finalize", "report"), ("report", "__end__")}
    ]
    drawn.edges[:] = [*kept, *ends]
    text = re.sub(r"(\w+)\\3a__(\w+)__", r"\1_\2", drawn.draw_mermaid(with_styles=False))
    return re.sub(r"\w+\\3a", "", text).strip()


def test_the_readme_shows_the_graph_as_it_is() -> None:
    shown = re.search(r"```mermaid\n(.*?)```", README.read_text(), re.DOTALL)
    assert shown
    assert shown[1].strip() == picture()


def test_the_sub_graphs_can_be_seen_into() -> None:
    graph = build_graph(Services(load_settings(env_file=None)))
    assert {name for name, _ in graph.get_subgraphs(recurse=True)} == {"paper", "develop"}
