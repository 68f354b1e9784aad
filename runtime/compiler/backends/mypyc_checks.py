"""What mypyc would compile to something else than Python means: floats, truth values as integers, loop variables."""

import ast
from types import FunctionType, ModuleType

from runtime.compiler.backends.truths import mixed_truth
from runtime.compiler.definite import check_set_before_use
from runtime.compiler.effects import READING
from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import NESTED, Source

CHANGEABLE = ("list", "dict", "set")
CONSTANTS = (int, str, bool, bytes)
FLOAT_MAKERS = (float, round, sum, pow, complex, divmod)


def check_kept(source: Source, call: CallTypes) -> None:
    """Raises `Unsupported`."""
    _check_names(source)
    for node in ast.walk(source.node):
        if isinstance(node, NESTED) and node is not source.node:
            raise Unsupported("a function within it")
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            raise Unsupported("a float")
        if isinstance(node, ast.Div | ast.Pow):
            raise Unsupported("an operation that may make a float")
        if isinstance(node, ast.Is | ast.IsNot):
            raise Unsupported("a test of identity")
    types = {name: type(value).__name__ for name, value in source.names.items() if type(value) in CONSTANTS}
    mixed = mixed_truth(source.node, types | dict(zip(source.arguments, call.arg_types, strict=True)))
    if mixed:
        raise Unsupported(f"{mixed} is a truth value at times")
    _check_loop_variables(source.node)
    check_set_before_use(source.node)  # its message is another


def _check_names(source: Source) -> None:
    for name, value in source.names.items():
        if value in FLOAT_MAKERS if isinstance(value, type | type(len)) else False:
            raise Unsupported(f"{name} may make a float")
        if isinstance(value, ModuleType) or (isinstance(value, FunctionType) and value is not source.function):
            raise Unsupported(f"it uses {name}, whose types are not known")
        if isinstance(value, type) and value.__module__ != "builtins":
            raise Unsupported(f"it uses the class {name}")
        if not isinstance(value, type | type(len) | FunctionType) and type(value) not in CONSTANTS:
            raise Unsupported(f"it uses the global {name}, a {type(value).__name__}")


def _check_loop_variables(node: ast.FunctionDef) -> None:
    """mypyc sets the variable of a loop over a range before it looks whether there is a first turn."""
    loops = [item for item in ast.walk(node) if isinstance(item, ast.For)]
    over_ranges = {name for loop in loops if isinstance(loop.iter, ast.Call) for name in _names(loop.target)}
    _check_within(node, frozenset(over_ranges), frozenset())


def _check_within(node: ast.AST, loop_variables: frozenset[str], within: frozenset[str]) -> None:
    """`within`: variables of the loops around."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in loop_variables - within:
            raise Unsupported(f"{name}, a loop's variable, outside of the loop")
        case ast.For(target=target, iter=source, body=body, orelse=orelse):
            if _names(target) & within:
                raise Unsupported(f"{min(_names(target) & within)}, the variable of a loop and of one within it")
            for outer in (source, *orelse):
                _check_within(outer, loop_variables, within)
            for inner in body:
                _check_within(inner, loop_variables, within | _names(target))
            return
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _check_within(node.generators[0].iter, loop_variables, within)
            within |= frozenset(name for one in node.generators for name in _names(one.target))
    for child in ast.iter_child_nodes(node):
        _check_within(child, loop_variables, within)


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(item.id for item in ast.walk(node) if isinstance(item, ast.Name))


def may_change_arguments(node: ast.FunctionDef, call: CallTypes) -> bool:
    """Whether running it a second time on the same arguments may do something else."""
    if not any(name.startswith(CHANGEABLE) for name in call.arg_types):
        return False
    changed = {name for name, told in call.local_types.items() if told.startswith(CHANGEABLE)}
    for item in ast.walk(node):
        match item:
            case ast.Subscript() if not isinstance(item.ctx, ast.Load):
                return True
            case ast.Call(func=ast.Attribute(attr=attr)) if attr not in READING:
                return True
            case ast.AugAssign(target=ast.Name(id=name)) if name in changed:
                return True
    return False
