"""What is made from the code says what the code says."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from arxla.documentation.commands import functions, parameters
from arxla.documentation.configuration import GROUPS, configuration
from arxla.documentation.outcomes import outcomes
from arxla.documentation.pages import outdated, write_pages
from arxla.documentation.picture import NOT_DRAWN, QUESTIONS, STAGES, arrows, picture
from arxla.documentation.wording import literals_below, table, type_words
from graph.build import build_graph
from graph.services import Services
from runtime.outcome import Outcome, StopCause
from runtime.settings import Settings, load_settings
from runtime.task import Task

DOCS = Path(__file__).parents[3] / "docs"


def test_the_pages_are_up_to_date() -> None:
    assert outdated(DOCS) == [], "run `make docs`"


def test_pages_are_written_where_they_are_missing(tmp_path: Path) -> None:
    assert "reference/settings.md" in outdated(tmp_path)
    write_pages(tmp_path)
    assert outdated(tmp_path) == []


def test_what_the_page_on_extending_names_is_there() -> None:
    """Files and folders; a name in capitals stands for one that the reader chooses."""
    named = re.findall(r"`([a-z_]+/[\w./]*)`", (DOCS / "extending.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    chosen_by_the_reader = re.compile("NAME|FORMAT|KIND")
    fixed = [path for path in named if not chosen_by_the_reader.search(path)]
    assert [path for path in fixed if not (DOCS.parent / path).exists()] == []


def test_every_setting_is_explained() -> None:
    rows = [line.split(" | ") for line in configuration().splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []
    assert len(rows) == len(Task.model_fields) + 7 + len(Settings.model_fields) - 3
    assert list(GROUPS)[-1] == "Devices, machines and results", "the last group takes what no other does"


def test_every_outcome_and_cause_is_explained() -> None:
    rows = [line.split(" | ") for line in outcomes().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Outcome) + len(StopCause)
    assert [row[0] for row in rows if not all(cell.strip(" |") for cell in row)] == []


def test_options_are_named_as_they_are_typed() -> None:
    ((_, run),) = functions("run")
    typed = {one.name: one for one in parameters(run)}
    assert typed["use_cache"].typed == "--cache/--no-cache" and typed["quiet"].typed == "--quiet"
    assert typed["papers"].is_argument and typed["trials"].value == "whole number"
    assert [title for title, _ in functions("runs")] == ["runs", "runs show"]
    assert [title for title, _ in functions("trace")] == ["trace"], "the only command of its group"


def test_the_picture_is_the_graph() -> None:
    graph = build_graph(Services(load_settings(env_file=None))).get_graph(xray=True)
    inside = {node: node.rpartition(":")[2] for node in graph.nodes}
    stages = {name for name in inside.values() if not name.startswith("__")}
    assert stages - {"approve_budget"} == {*STAGES, *QUESTIONS}
    edges = {(edge.source, edge.target) for edge in graph.edges}
    assert arrows() <= _steps(edges, inside)
    direct = {(inside[start], inside[end]) for start, end in edges if not {start, end} & _gates(inside)}
    ends = {(start, end) for start, end in direct if end == "report" or "approve_budget" in (start, end)}
    # A question that nobody wants to be asked is gone past, and refused code is written again.
    passed = {("recommend", "dataset"), ("intake", "approve_dataset"), ("review", "execute"), ("approve_code", "code")}
    assert direct - ends - passed - NOT_DRAWN <= arrows()


def _gates(inside: dict[str, str]) -> set[str]:
    return {node for node, name in inside.items() if name.startswith("__")}


def _steps(edges: set[tuple[str, str]], inside: dict[str, str]) -> set[tuple[str, str]]:
    """The ways from stage to stage, the entries and exits of parts passed through."""
    gates = _gates(inside)
    steps = set(edges)
    for _ in range(3):  # an exit, an entry, and the exit of a part that is gone through
        steps |= {(start, end) for start, gate in steps if gate in gates for door, end in edges if door == gate}
    return {(inside[start], inside[end]) for start, end in steps if not {start, end} & gates}


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_the_picture_is_whole_and_loads_nothing(palette: str) -> None:
    drawn = picture(palette)
    ET.fromstring(drawn)
    assert "href" not in drawn and "@import" not in drawn and drawn.count("http") == 1


def test_types_in_words() -> None:
    assert type_words(str | None) == "text"
    assert type_words(list[int]) == "list of whole number"
    assert table(["a"], [["x | y\nz"]]).splitlines()[-1] == r"| x \| y z |"
    assert literals_below('class A:\n    a: int = 1\n    """One\n    thing."""\n    b = 2\n') == {"a": "One thing."}
