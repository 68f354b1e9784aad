"""Modules and members of the packages in the box, read from the installed sources without importing them."""

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from runtime.python_source import parse_module
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.rules.imports import optional_import

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
    tree = parse_module((Path(spec.origin).parent / FILES[package]).read_text())
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


PACKAGES = frozenset({"torch", "torch_xla", "numpy", "scipy", "sklearn", "pandas"})
MADE_WHILE_RUNNING = ("torch.ops", "torch.classes", "torch._C", "torch_xla._XLAC", "numpy.core", "scipy.misc")
"""Modules without a file, or with one that moved and is still reached."""
ENDINGS = (".py", ".pyi", ".so", ".pyx")


@rule(
    "IMP005",
    "a module of a known package that does not exist",
    Severity.ERROR,
    why="Language models make up plausible places; the import fails before anything is trained.",
    example=Example(
        "top", "from torch.nn.quantization import QuantStub", "from torch.ao.quantization import QuantStub"
    ),
)
def unknown_module(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            if name.partition(".")[0] not in PACKAGES or exists(name) or optional_import(program, node):
                continue
            elsewhere = namesake(name)
            help_text = f"; there is `{elsewhere}`" if elsewhere else ""
            yield Hit(node, f"there is no module `{name}`{help_text}")


@cache
def exists(module: str) -> bool:
    """Whether an installed package has a file or folder for a module; True where the package is not installed."""
    package, *parts = module.split(".")
    place = _folder(package)
    if place is None or any(module == made or module.startswith(f"{made}.") for made in MADE_WHILE_RUNNING):
        return True
    for count, part in enumerate(parts, start=1):
        files = [one for one in place.glob(f"{part}.*") if one.name.endswith(ENDINGS)]
        if count == len(parts) and files:
            return True
        place = place / part
        if not place.is_dir():
            return False
    return True


@cache
def namesake(module: str) -> str:
    """The public module of the same package with the same last name that is least deep; "" when there is none."""
    package, _, leaf = module.replace(".", " ", 1).partition(" ")
    place = _folder(package)
    if place is None:
        return ""
    last = leaf.rpartition(".")[2]
    found = [path.relative_to(place) for path in (*place.rglob(f"{last}.py"), *place.rglob(f"{last}/__init__.py"))]
    paths = [path.parent if path.name == "__init__.py" else path.with_suffix("") for path in found]
    public = [path for path in paths if not any(part.startswith(("_", "test")) for part in path.parts)]
    best = min(public, key=lambda path: (len(path.parts), str(path)), default=None)
    return ".".join((package, *best.parts)) if best else ""


@cache
def _folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


RULES = (unknown_member, unknown_module)
