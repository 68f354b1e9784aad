"""A function without floats as a typed module: mypyc turns an integer into a float where a variable was one before."""

import ast
import copy

from runtime.compiler.backends.mypyc_checks import CONSTANTS, check_kept
from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import Source
from runtime.python_source import parse_expression, parse_module

DEPTH = "depth__"
DEEPEST = 400
RESULTS = ("int", "str", "bool", "bytes", "None")


def calls_itself(source: Source) -> bool:
    """By its own name."""
    return any(isinstance(node, ast.Name) and node.id == source.node.name for node in ast.walk(source.node))


def module_text(source: Source, call: CallTypes) -> str:
    """The function with its types written down. Raises `Unsupported`."""
    if not source.is_simple or len(call.arg_types) != len(source.arguments):
        raise Unsupported("it is a generator, or takes keyword-only or any number of arguments")
    check_kept(source, call)
    node = copy.deepcopy(source.node)
    node.args.defaults = []
    for argument, name in zip((*node.args.posonlyargs, *node.args.args), call.arg_types, strict=True):
        argument.annotation = parse_expression(name)
    if call.return_type in RESULTS:
        node.returns = parse_expression(call.return_type)
    if calls_itself(source):
        _count_depth(source, node)
    node.body = [_annotated(statement, call.local_types) for statement in node.body]
    constants = [f"{name} = {value!r}" for name, value in source.names.items() if type(value) in CONSTANTS]
    return "\n".join(["from typing import Any", "from runtime.compiler.guard import Unsure", *constants, _text(node)])


def _text(node: ast.FunctionDef) -> str:
    return ast.unparse(ast.fix_missing_locations(node)) + "\n"


def _count_depth(source: Source, node: ast.FunctionDef) -> None:
    """Compiled code has no limit of recursion: beyond a depth the original runs, unless something was written."""
    stores = [item for item in ast.walk(node) if isinstance(item, ast.Subscript | ast.Attribute)]
    if any(not isinstance(item.ctx, ast.Load) for item in stores) or any(_changes(item) for item in ast.walk(node)):
        raise Unsupported("a recursion that changes things")
    if any(isinstance(item, ast.Try | ast.TryStar | ast.With) for item in ast.walk(node)):
        raise Unsupported("a recursion that catches exceptions")
    name = source.node.name
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id == name:
            item.args.append(parse_expression(f"{DEPTH} + 1"))
            if item.keywords or any(isinstance(argument, ast.Starred) for argument in item.args):
                raise Unsupported("a recursion with keywords")
    node.args.args.append(ast.arg(DEPTH, ast.Name("int", ast.Load())))
    node.body = parse_module(f"if {DEPTH} > {DEEPEST}:\n    raise Unsure").body + node.body


def _annotated(statement: ast.stmt, types: dict[str, str]) -> ast.stmt:
    """An empty container as first value says nothing of what it will hold: what was seen does."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name) as target], value=ast.Dict(keys=[]) | ast.List(elts=[]) as value):
            if name in types and "Any" not in types[name]:
                annotation = parse_expression(types[name])
                return ast.AnnAssign(target, annotation, value, simple=1)
    return statement


def _changes(node: ast.AST) -> bool:
    """A call of a method that may change its object."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
