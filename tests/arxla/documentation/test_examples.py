"""What pages show in YAML and JSON is what arxla reads."""

import json
import re
from importlib import import_module
from pathlib import Path

from arxla.serving.launch import GRAPHS
from evals.suites import load_suite

DOCS = Path(__file__).parents[3] / "docs"


def block(page: str, language: str) -> str:
    """The only block of a language on a page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_suite_on_the_page_is_a_suite(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(block("evaluation.md", "yaml"), encoding="utf-8")
    suite = load_suite(str(path))
    assert [case.given["dataset"] for case in suite.cases] == ["data/cars.csv"]


def test_the_configuration_for_aegra_names_the_graphs() -> None:
    graphs = json.loads(block("deployment.md", "json"))["graphs"]
    assert set(graphs) == set(GRAPHS)
    for place in graphs.values():
        file, _, name = place.partition(":")
        assert hasattr(import_module(file.removeprefix("./").removesuffix(".py").replace("/", ".")), name)
