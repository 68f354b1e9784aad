"""Hyperparameters: what the search space offers and what the code reads must agree."""

import ast
import re
from collections.abc import Iterator
from itertools import islice, product

from runtime.constraints import parse
from runtime.errors import InputError
from runtime.harness.spec import QUANTIZATION
from runtime.search_space import CategoricalParameter, IntegerParameter, Parameter
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.syntax import argument, constant

LR = {"lr": {"type": "Real", "default": 1e-3, "low": 1e-5, "high": 0.1, "prior": "log-uniform"}}
WIDTH = {"type": "Categorical", "default": 32, "categories": [16, 24, 32]}
HEADS = {"type": "Categorical", "default": 4, "categories": [2, 4, 5]}
ATTENTION = """
class Net(nn.Module):
    def __init__(self, width, d_model, heads):
        super().__init__()
        self.lift = nn.Linear(width, d_model)
        self.attention = nn.MultiheadAttention(d_model, heads, batch_first=True)
        self.out = nn.Linear(d_model, 3)

    def forward(self, x):
        tokens = self.lift(x).unsqueeze(1)
        return self.out(self.attention(tokens, tokens, tokens)[0].mean(1))
"""


@rule(
    "TRN005",
    "a hyperparameter of the search space is never read",
    Severity.WARNING,
    why="The tuner would search a value that changes nothing.",
    example=Example(
        "end",
        "return model, metrics",
        'metrics["dropout"] = hyperparams.get("dropout", 0.1)\nreturn model, metrics',
        bo_config={**LR, "dropout": {"type": "Real", "default": 0.1, "low": 0.0, "high": 0.5}},
    ),
)
def unread(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None or not program.space or _handed_on(program, function):
        return
    read = _read_names(program)
    for name in program.space:
        if name not in read and name != QUANTIZATION:
            yield Hit(_Spot.of(function), f"`{name}` is in bo_config and is never read")


class _Spot(ast.Pass):
    """A place of its own for each of several findings about one function."""

    @staticmethod
    def of(node: ast.FunctionDef) -> "_Spot":
        spot = _Spot()
        spot.lineno, spot.col_offset = node.lineno, node.col_offset
        spot.end_lineno, spot.end_col_offset = node.lineno, node.col_offset + len("def train_model")
        return spot


def _handed_on(program: Program, function: ast.FunctionDef) -> bool:
    """Whether all hyperparameters are read in a way that names none (`for name, value in hyperparams.items()`)."""
    kwarg = function.args.kwarg.arg if function.args.kwarg else ""
    for loop in program.syntax.loops:
        if isinstance(loop, ast.For) and f"{kwarg}.items()" in ast.unparse(loop.iter):
            return True
    return False


def _read_names(program: Program) -> set[str]:
    names: set[str] = set()
    for node in program.syntax.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_doc(program, node):
            names.add(node.value)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def _is_doc(program: Program, node: ast.AST) -> bool:
    return isinstance(program.syntax.parent[node], ast.Expr)


@rule(
    "TRN006",
    "a hyperparameter without default is not in the search space",
    Severity.ERROR,
    why="The harness passes the values of `bo_config`; any other name raises a KeyError unless it has a default.",
    example=Example(
        "end",
        'metrics["width"] = hyperparams["width"]\nreturn model, metrics',
        'metrics["width"] = hyperparams.get("width", 16)\nreturn model, metrics',
        bo_config=LR,
    ),
)
def undeclared(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None or program.space is None or function.args.kwarg is None:
        return
    kwarg = function.args.kwarg.arg
    source = program.syntax.source
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == kwarg:
            name = constant(node.slice)
            filled = (
                f"{kwarg}.setdefault(" in source or f"'{name}' in {kwarg}" in source or f'"{name}" in {kwarg}' in source
            )
            if isinstance(name, str) and name not in program.space and not filled:
                yield Hit(node, f'`{kwarg}["{name}"]` has no default and "{name}" is not in bo_config')


@rule(
    "CST001",
    "the search space allows heads that do not divide the width",
    Severity.ERROR,
    why="nn.MultiheadAttention raises unless `embed_dim % num_heads == 0`; state the constraint, tune heads and "
    "head_dim, or repair the value in code.",
    example=Example(
        "net",
        ATTENTION.replace("width, d_model, heads", "width, d_model=16, heads=2")
        + """

def build(width, **hyperparams):
    return Net(width, hyperparams.get("d_model", 32), hyperparams.get("heads", 4))
""",
        ATTENTION.replace("width, d_model, heads", "width, d_model=16, heads=2").replace(
            "super().__init__()", "super().__init__()\n        d_model = d_model - d_model % heads"
        )
        + """

def build(width, **hyperparams):
    return Net(width, hyperparams.get("d_model", 32), hyperparams.get("heads", 4))
""",
        bo_config={"d_model": WIDTH, "heads": HEADS, **LR},
    ),
)
def heads_divide(program: Program) -> Iterator[Hit]:
    space = program.space or {}
    for call in program.syntax.calls:
        leaf = program.path(call.func).rpartition(".")[2]
        if leaf not in ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"):
            continue
        names = ("embed_dim", "num_heads") if leaf == "MultiheadAttention" else ("d_model", "nhead")
        width, heads = (_parameter(program, argument(call, i, n)) for i, n in enumerate(names))
        if (
            width not in space
            or heads not in space
            or _repaired(program, width, heads)
            or _stated(program, width, heads)
        ):
            continue
        clash = _clash(space[width], space[heads])
        if clash is not None:
            yield Hit(call, f"bo_config allows {width}={clash[0]} with {heads}={clash[1]}, which does not divide it")


def _parameter(program: Program, node: ast.expr | None) -> str:
    """The hyperparameter that an argument holds, by its own name or by the key it was read from."""
    if node is None:
        return ""
    key = _key(node)
    if key:
        return key
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    space = program.space or {}
    if name in space:
        return name
    text = program.assigned_text(name)
    return next((p for p in space if f"'{p}'" in text), "")


def _key(node: ast.expr) -> str:
    for child in ast.walk(node):
        if isinstance(child, ast.Subscript | ast.Call):
            value = (
                constant(child.slice)
                if isinstance(child, ast.Subscript)
                else constant(child.args[0] if child.args else None)
            )
            if isinstance(value, str):
                return value
    return ""


def _repaired(program: Program, width: str, heads: str) -> bool:
    """Any `%` or `//` with the head count, or a width made by multiplying with it, counts as a repair."""
    aliases = {width, heads} | {
        name for name in program.assignments if re.search(f"'({heads}|{width})'", program.assigned_text(name))
    }
    for node in program.syntax.nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Mod | ast.FloorDiv):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            if names & aliases or any("head" in name for name in names):
                return True
    return False


def _stated(program: Program, width: str, heads: str) -> bool:
    return any(text.replace(" ", "") == f"{width}%{heads}==0" for text in program.constraints)


def _values(parameter: Parameter) -> list[int]:
    if isinstance(parameter, CategoricalParameter):
        return [int(v) for v in parameter.categories if isinstance(v, int | float)]
    if isinstance(parameter, IntegerParameter):
        return list(islice(range(parameter.low, parameter.high + 1), 200))
    return []


def _clash(width: Parameter, heads: Parameter) -> tuple[int, int] | None:
    for w, h in product(_values(width), _values(heads)):
        if h == 0 or w % h:
            return w, h
    return None


@rule(
    "CST002",
    "a stated constraint cannot be used",
    Severity.ERROR,
    why="A constraint is a relation between hyperparameters of bo_config, such as `width % heads == 0`, that holds "
    "for the defaults.",
    example=Example(
        "end",
        'metrics["pair"] = hyperparams.get("a"), hyperparams.get("b")\nreturn model, metrics',
        'metrics["pair"] = hyperparams.get("a"), hyperparams.get("b")\nreturn model, metrics',
        bo_config={
            "a": {"type": "Integer", "default": 4, "low": 1, "high": 8},
            "b": {"type": "Integer", "default": 2, "low": 1, "high": 8},
        },
        constraints=("a % width == 0",),
        good_constraints=("a % b == 0",),
    ),
)
def usable_constraints(program: Program) -> Iterator[Hit]:
    function = program.syntax.train_model
    if function is None or program.space is None:
        return
    for text in program.constraints:
        spot = _Spot.of(function)
        try:
            constraint = parse(text)
        except InputError as error:
            yield Hit(spot, str(error))
            continue
        unknown = sorted(constraint.names - program.space.keys())
        if unknown:
            yield Hit(spot, f"the constraint `{text}` names {', '.join(unknown)}, not in bo_config")
        elif not constraint.holds({name: p.default for name, p in program.space.items()}):
            yield Hit(spot, f"the defaults of bo_config break the constraint `{text}`")


RULES = (unread, undeclared, heads_divide, usable_constraints)
