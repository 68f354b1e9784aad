"""Parsing in several threads at once, which CPython 3.11 alone does not survive."""

import ast
import contextlib
import gc
import re
import sys
import threading
from pathlib import Path

import pytest

from runtime.python_source import parse_expression, parse_module

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "graph/stage.py").read_text()


class Hindrance:
    """Python code that the collector runs in the middle of a parse, which lets another thread in."""

    def __del__(self) -> None:
        sum(range(1000))


@pytest.fixture
def hurried():
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(10)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("library", [False, True])
def test_threads_parse_side_by_side(library: bool) -> None:
    faults: list[BaseException] = []

    def work(parse) -> None:
        for _ in range(40):
            hindrance = Hindrance()
            hindrance.itself = hindrance
            try:
                parse(SOURCE)
            except SystemError as fault:
                faults.append(fault)

    def foreign(source: str) -> None:
        with contextlib.suppress(SystemError):  # its own affair
            ast.parse(source)

    threads = [threading.Thread(target=work, args=(parse_module,)) for _ in range(3)]
    threads += [threading.Thread(target=work, args=(foreign,))] * library
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_it_is_what_ast_gives() -> None:
    assert ast.dump(parse_module(SOURCE)) == ast.dump(ast.parse(SOURCE))
    assert ast.dump(parse_expression("a % 2 == 0")) == ast.dump(ast.parse("a % 2 == 0", mode="eval").body)
    with pytest.raises(SyntaxError):
        parse_module("def")


def test_nobody_parses_otherwise() -> None:
    packages = ("runtime", "tools", "agents", "graph", "evals", "arxla")
    files = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix() for path in files if re.search(r"\bast\.parse\(", path.read_text())}
    found -= {"runtime/python_source.py"}
    assert not found, "use runtime.python_source, which threads survive"
