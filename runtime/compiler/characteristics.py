"""The eleven fields of the seed, read off a function's syntax tree."""

import ast

from runtime.compiler.profile import CallTypes
from runtime.compiler.strategy import CodeCharacteristics

LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.comprehension)
DECISIONS = (ast.If, ast.IfExp, ast.For, ast.While, ast.AsyncFor, ast.ExceptHandler, ast.comprehension, ast.Assert)
CONTROL = (ast.If, ast.For, ast.While, ast.AsyncFor, ast.Try, ast.With, ast.Break, ast.Continue, ast.Return, ast.Raise)
MACHINE_TYPES = ("int", "float", "bool", "None", "numpy.float64", "numpy.int64")
MACHINE_PARTS = ("list[int]", "list[float]", "list[list[int]]", "list[list[float]]")


def characteristics_of(node: ast.FunctionDef, types: list[CallTypes], calls: int) -> CodeCharacteristics:
    """`types`: how it was called; `calls`: how often it is expected to be."""
    inside = [item for statement in node.body for item in ast.walk(statement)]
    called = [item for item in inside if isinstance(item, ast.Call)]
    hints = [argument.annotation for argument in node.args.args if argument.annotation]
    branches = sum(len(item.values) - 1 for item in inside if isinstance(item, ast.BoolOp))
    return CodeCharacteristics(
        line_count=(node.end_lineno or node.lineno) - node.lineno + 1,
        complexity=1 + branches + sum(isinstance(item, DECISIONS) for item in inside),
        call_frequency=calls,
        is_recursive=any(isinstance(item.func, ast.Name) and item.func.id == node.name for item in called),
        has_loops=any(isinstance(item, LOOPS) for item in inside),
        loop_depth=_depth(node),
        has_type_hints=bool(hints),
        type_certainty=_certainty(types),
        arithmetic_operations=sum(isinstance(item, ast.BinOp | ast.AugAssign | ast.UnaryOp) for item in inside),
        control_flow_statements=sum(isinstance(item, CONTROL) for item in inside),
        function_calls=len(called),
    )


def _depth(node: ast.AST) -> int:
    inside = max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    return inside + isinstance(node, LOOPS)


def _certainty(types: list[CallTypes]) -> float:
    """Share of arguments, and of local variables where a tracer saw them, whose type a machine type can hold."""
    held = [name for call in types for name in (*call.arg_types, *call.local_types.values())]
    return sum(map(_holds, held)) / len(held) if held else 0.0


def _holds(name: str) -> bool:
    return name in MACHINE_TYPES or name in MACHINE_PARTS or name.startswith("ndarray[")
