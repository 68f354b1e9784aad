"""The rewrite that moves a running sum from the host to the device: `total += loss.item()` -> `loss.detach()`."""

import ast

from tools.review.edits import Edit, Replace
from tools.review.program import Program


def keep_on_device(program: Program, read: ast.Call, tensor: ast.expr) -> list[Edit]:
    """Edits that keep an accumulated number on the device, empty when the rewrite is not surely right.

    It is when the read is (a term of) the right side of `name += …`, `name` starts as a number in the same function,
    is only added to in loops, and is otherwise read where a number can be made of it again with `float(name)`.
    """
    statement = program.syntax.statement_of(read)
    function = program.syntax.function_of(read)
    if function is None or not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
        return []
    if not isinstance(statement.op, ast.Add) or not _plain_term(read, statement):
        return []
    name = statement.target.id
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    reads = [use for use in uses if isinstance(use.ctx, ast.Load)]
    stores = [program.syntax.statement_of(use) for use in uses if isinstance(use.ctx, ast.Store)]
    if not all(_starts_or_adds(store, statement) for store in stores):
        return []
    inner = set(ast.walk(program.syntax.loops_around(read)[0])) if program.syntax.loops_around(read) else set()
    if any(use in inner for use in reads) or not reads:
        return []
    others = [c for c in _other_reads(statement) if c is not read]
    if others:
        return []
    edits: list[Edit] = [Replace(read, f"{_wrapped(tensor)}.detach()")]
    return edits + [Replace(use, f"float({name})") for use in reads if not _is_float(program, use)]


def _plain_term(read: ast.Call, statement: ast.AugAssign) -> bool:
    """`read`, or `read * number`, makes the whole right side."""
    value = statement.value
    return value is read or (
        isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) and read in (value.left, value.right)
    )


def _other_reads(statement: ast.AugAssign) -> list[ast.Call]:
    found = []
    for node in ast.walk(statement.value):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "item":
            found.append(node)
    return found


def _starts_or_adds(store: ast.stmt, statement: ast.AugAssign) -> bool:
    if store is statement:
        return True
    if isinstance(store, ast.Assign):
        values = store.value.elts if isinstance(store.value, ast.Tuple) else [store.value]
        return all(isinstance(v, ast.Constant) and isinstance(v.value, int | float) for v in values)
    return False


def _is_float(program: Program, use: ast.Name) -> bool:
    up = program.syntax.parent[use]
    return isinstance(up, ast.Call) and isinstance(up.func, ast.Name) and up.func.id == "float"


def _wrapped(tensor: ast.expr) -> str:
    text = ast.unparse(tensor)
    while text.endswith(".detach()"):
        text = text[: -len(".detach()")]
    simple = isinstance(tensor, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    return text if simple else f"({text})"
