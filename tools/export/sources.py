"""The Python files of an exported project: arxla's own modules, their imports turned to look inside it."""

import ast
import importlib.util
import re
from pathlib import Path

from runtime.python_source import parse_module

PACKAGE = "standalone"
MODULES = {
    "tools.export.standalone": "__init__",
    "tools.export.standalone.project": "project",
    "tools.export.standalone.data": "data",
    "tools.export.standalone.scores": "scores",
    "tools.export.standalone.texts": "texts",
    "tools.export.standalone.training": "training",
    "tools.export.standalone.prediction": "prediction",
    "tools.datasets.normalizer": "normalizer",
    "tools.datasets.tokenization": "tokenization",
    "runtime.harness.quantize": "quantize",
    "runtime.harness.recurrence": "recurrence",
}
"""Each module that travels, and its name in the project."""
REPLACED = {
    "from runtime.harness import quantize\n": "from . import quantize\n",
    "from runtime.harness.spec import QuantizationBits\n": "QuantizationBits = int\n",
}
"""Import lines that another line stands for."""
FIRST_PARTY = re.compile(r"^\s*(?:from|import) (?:runtime|tools|agents|graph|prompts|arxla|evals)\b.*$", re.MULTILINE)

TRAIN_MAIN = """

if __name__ == "__main__":
    from standalone.training import main

    main(train_model)
"""
PREDICT = '''"""Predict with the measured weights: `python predict.py [DATA or TEXT]`."""

from standalone.prediction import main

if __name__ == "__main__":
    main()
'''


def project_sources(training_code: str, measured: bool) -> dict[str, str]:
    """Each Python file of the project by its path; one without a measured model has nothing to predict with."""
    files = {f"{PACKAGE}/{name}.py": travelling_source(module) for module, name in MODULES.items()}
    scripts = {"train.py": train_script(training_code)} | ({"predict.py": PREDICT} if measured else {})
    return scripts | files


def travelling_source(module: str) -> str:
    """A module's text that imports nothing of arxla's; raises `ValueError` when a module is missing from `MODULES`."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module} has no source file")
    text = Path(spec.origin).read_text(encoding="utf-8")
    for line, substitute in REPLACED.items():
        text = text.replace(line, substitute)
    for other, name in MODULES.items():
        text = text.replace(f"from {other} import ", f"from .{name} import ")
    if left := FIRST_PARTY.search(text):
        raise ValueError(f"{module} can't travel: {left[0].strip()}")
    return text


def train_script(training_code: str) -> str:
    """The training function as it was run, and a main that hands it to the project's own trainer."""
    return _without_main(training_code).rstrip() + "\n" + TRAIN_MAIN


def _without_main(code: str) -> str:
    """`code` less its own `if __name__ == "__main__":` blocks, which would run before the project's."""
    try:
        body = parse_module(code).body
    except SyntaxError:
        return code
    lines = code.splitlines(keepends=True)
    for node in reversed(body):
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)
