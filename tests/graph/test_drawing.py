"""The README's picture is the graph's own drawing."""

import re
from pathlib import Path

from graph.build import build_graph
from graph.services import Services
from runtime.settings import load_settings

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_graph_as_it_is() -> None:
    picture = re.search(r"```mermaid\n(.*?)```", README.read_text(), re.DOTALL)
    graph = build_graph(Services(load_settings(env_file=None)))
    assert picture
    assert picture[1].strip() == graph.get_graph().draw_mermaid(with_styles=False).strip()
