"""What files tell of each other."""

from pathlib import Path

import pytest

from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.project import Project, beside, module_of, readable
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.slots import find

SHAPES = """
SIDES = 4

class Base:
    def __init__(self, name):
        self.name = name

class Square(Base):
    def area(self, side):
        return side * 2.0

def made(size, label=None):
    return Square(label)
"""
USED = """
from shapes import SIDES, Square, made
import shapes

box = made(3, "a")
sides = SIDES
area = Square("b").area(1.5)
name = box.name
other = shapes.made(4)
"""


def evaluated(code: str, variable: str, *others: str) -> set[str]:
    parsed = read(code, "own")
    project = Project([parsed, *(read(other, "shapes" if other is SHAPES else "used") for other in others)])
    slot = find(parsed, variable)
    assert slot is not None
    evaluation = Evaluation(parsed, project=project)
    return set(evaluation.result(slot.scope) if slot.role == "return" else evaluation.variable(slot.name, slot.scope))


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("box", "shapes.Square"),
        ("sides", "int"),
        ("area", "float"),
        ("other", "shapes.Square"),
        ("name", "str"),
    ],
)
def test_what_is_imported_is_known(variable: str, expected: str) -> None:
    assert expected in evaluated(USED, variable, SHAPES)


def test_what_other_files_pass_is_known() -> None:
    assert evaluated(SHAPES, "made.size", USED) == {"int"}
    assert "str" in evaluated(SHAPES, "made.label", USED)
    assert evaluated(SHAPES, "area.side", USED) == {"float"}
    assert evaluated(SHAPES, "made.size") == {"?"}


def test_examples_of_docstrings_are_calls() -> None:
    code = 'def f(x):\n    """Twice.\n\n    >>> y = 2\n    >>> f(y)\n    4\n    """\n    return g(x)\n'
    assert evaluated(code, "f.x") == {"int"}
    assert "shown only int" in TypeInferenceEngine().extract_features(code, "f.return")


def test_files_beside(tmp_path: Path) -> None:
    package = tmp_path / "shapes"
    (package / "tests").mkdir(parents=True)
    for name in ("__init__.py", "areas.py", "tests/__init__.py", "tests/test_areas.py"):
        (package / name).write_text("x = 1\n")
    (tmp_path / "alone.py").write_text("def f(:")
    assert module_of(package / "tests" / "test_areas.py") == "shapes.tests.test_areas"
    assert [one.name for one in beside(package / "areas.py")][:1] == ["__init__.py"]
    assert len(beside(package / "areas.py")) == 3
    assert [str(one.relative_to(package)) for one in beside(package / "areas.py", tests=False)] == ["__init__.py"]
    assert beside(tmp_path / "alone.py") == []
    assert list(readable([tmp_path / "alone.py", tmp_path / "missing.py"])) == []


def test_the_engine_uses_them(tmp_path: Path) -> None:
    (tmp_path / "used.py").write_text("import own\nfor n in range(3):\n    own.g(n, 'a')\n    own.g(2, 'b')\n")
    code = "def g(a, b):\n    return h(a, b)\n"
    engine = TypeInferenceEngine.shipped()
    found = [engine.infer_type(code, name, [tmp_path / "used.py"]).predicted_type for name in ("g.a", "g.b")]
    assert found == ["int", "str"]


@pytest.mark.parametrize(
    ("code", "variable", "expected"),
    [
        ("found = []\nfound.append(1)\n", "found", "list[int]"),
        ("found = {}\nfound['a'] = 1.5\n", "found", "dict[str, float]"),
        ("def f(*names): pass\nf('a')\n", "names", "tuple"),
        ("def f(**more): pass\nf(a=1)\n", "more", "dict[str, int]"),
        ("days = (1, 2, 3, 4, 5, 6, 7, 8, 9)\n", "days", "tuple[int, ...]"),
        ("def f():\n    yield 1\nfor x in f(): pass\n", "x", "int"),
    ],
)
def test_what_containers_hold(code: str, variable: str, expected: str) -> None:
    assert evaluated(code, variable) == {expected}
