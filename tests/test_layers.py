"""Imports look one way: arxla, evals, graph, agents, tools, runtime."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ["runtime", "tools", "agents", "graph", "evals", "arxla"]
MAY = {
    "ax": {"tools", "evals"},
    "optuna": {"tools", "evals"},
    "langgraph": {"graph", "arxla", "evals"},
    "opensearchpy": {"tools"},
    "langchain_openai": {"runtime"},
    "langchain_aws": {"runtime"},
}


GETTERS = {"os.getenv", "os.environ.get", "os.environ.setdefault"}


@cache
def imports_of(path: Path) -> set[str]:
    """The top-level names of everything a module imports, at any depth of it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def modules(folder: str) -> list[Path]:
    corpora = {"review_corpus", "debug_corpus"}
    return [path for path in (ROOT / folder).rglob("*.py") if not corpora & set(path.parts)]


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_looks_back(layer: str) -> None:
    above = set(LAYERS[LAYERS.index(layer) + 1 :]) | {"tests"}
    offenders = {str(path): imports_of(path) & above for path in modules(layer) if imports_of(path) & above}
    assert not offenders


@pytest.mark.parametrize("library", sorted(MAY))
def test_a_library_is_known_to_its_folders_alone(library: str) -> None:
    users = {layer for layer in LAYERS for path in modules(layer) if library in imports_of(path)}
    assert users <= MAY[library]


def variables_read(path: Path) -> list[str]:
    """Where a module reads a variable of the environment; handing the whole of it to a child process is no reading."""
    text, places = path.read_text(), []
    if "environ" not in text and "getenv" not in text:
        return []
    for node in ast.walk(ast.parse(text)):
        reads = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
        named = ast.unparse(node.value if isinstance(node, ast.Subscript) else getattr(node, "func", node))
        if (reads and named == "os.environ") or (isinstance(node, ast.Call) and named in GETTERS):
            places.append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    return places


def test_only_settings_read_the_environment() -> None:
    places = [place for layer in LAYERS for path in modules(layer) for place in variables_read(path)]
    # The harness is told by the sandbox that started it, and a snippet's PATH is made from this one.
    told = ("runtime/settings.py:", "runtime/harness/", "evals/snippets.py:")
    assert not [place for place in places if not place.startswith(told)]
