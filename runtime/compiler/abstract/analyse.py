"""Which kinds every variable and expression of a numeric function may have: a fixpoint over its syntax tree.

Stricter than a compiler needs: what is not understood is `Unsupported`, with the line.
"""

import ast
from functools import partial

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.statements import Statements
from runtime.compiler.definite import check_set_before_use
from runtime.compiler.kinds import NONE, Kinds, Unsupported
from runtime.compiler.source import Source

ROUNDS = 12
DEEPEST = 4


def analyse(source: Source, arguments: tuple[Kinds, ...], depth: int = 0) -> Analysis:
    """Raises `Unsupported`, with the function's name and the line."""
    if depth > DEEPEST:
        raise Unsupported("a chain of too many functions")
    if not source.is_simple:
        raise Unsupported(f"{source.node.name} is a generator or takes keyword-only or any number of arguments")
    check_set_before_use(source.node)
    if len(arguments) != len(source.arguments):
        raise Unsupported(f"{len(arguments)} types for {len(source.arguments)} arguments")
    analysis = Analysis(source, arguments, dict(zip(source.arguments, arguments, strict=True)))
    reader = Statements(analysis, partial(analyse, depth=depth + 1))
    for _ in range(ROUNDS):
        before = (dict(analysis.variables), analysis.returns)
        reader.block(source.node.body)
        if before == (analysis.variables, analysis.returns):
            break
    else:
        raise Unsupported(f"{source.node.name}: its types do not settle")
    if not falls_off(source.node.body):
        analysis.returns |= {NONE}
    reader.last = True
    reader.block(source.node.body)
    return analysis


def falls_off(body: list[ast.stmt]) -> bool:
    """Whether every way through the block returns or raises."""
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise():
            return True
        case ast.If():
            return bool(last.orelse) and falls_off(last.body) and falls_off(last.orelse)
        case ast.While(test=ast.Constant(value=True)):
            return not any(isinstance(node, ast.Break) for node in ast.walk(last))
    return False
