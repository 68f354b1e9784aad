"""Members of torch's packages, read from the installed sources without importing them."""

import ast
import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule

FILES = {
    "torch.nn": "nn/modules/__init__.py",
    "torch.optim": "optim/__init__.py",
    "torch.optim.lr_scheduler": "optim/lr_scheduler.py",
    "torch.utils.data": "utils/data/__init__.py",
}


@lru_cache(maxsize=len(FILES))
def members(package: str) -> frozenset[str]:
    """The capitalised names in a package's `__all__` and imports; empty when torch is not installed."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return frozenset()
    tree = ast.parse((Path(spec.origin).parent / FILES[package]).read_text())
    names = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names |= {e.value for e in ast.walk(node.value) if isinstance(e, ast.Constant) and isinstance(e.value, str)}
    return frozenset(names) | {"Parameter", "ParameterList", "ParameterDict", "UninitializedParameter", "DataParallel"}


@rule(
    "IMP004",
    "a torch class that does not exist",
    Severity.ERROR,
    why="Language models make up plausible layers and optimizers; this raises an AttributeError or ImportError.",
    example=Example(
        "setup",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.LAMB(model.parameters(), lr=1e-3)
""",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
""",
    ),
)
def unknown_member(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Attribute):
            owner, _, leaf = program.path(node).rpartition(".")
            if _unknown(owner, leaf):
                yield Hit(node, f"`{owner}` has no `{leaf}`")
        elif isinstance(node, ast.ImportFrom):
            for item in node.names:
                if _unknown(node.module or "", item.name):
                    yield Hit(node, f"`{node.module}` has no `{item.name}`")


def _unknown(owner: str, leaf: str) -> bool:
    known = members(owner) if owner in FILES else frozenset[str]()
    return bool(known) and leaf[:1].isupper() and leaf not in known


RULES = (unknown_member,)
