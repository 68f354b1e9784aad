"""Edits of layers and of forward that several repairs make."""

import ast

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, argument, first_body_statement, last_name, parameters

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "LazyConv1d", "LazyConv2d")


def at_start_of_forward(case: Case, line: str, explanation: str) -> Correction | None:
    """A line at the top of the failing class's `forward` (the last one defined where the line says nothing)."""
    forwards = case.source.functions("forward")
    outermost = [f for f in forwards for line_number in case.lines if f.lineno <= line_number <= (f.end_lineno or 0)]
    chosen = outermost[:1] or forwards[-1:]
    if not chosen or len(parameters(chosen[0])) < 2:
        return None
    written = line.format(x=parameters(chosen[0])[1])
    start = first_body_statement(chosen[0])
    if case.source.segment(start) == written:  # it was done already, and once too often
        return case.with_code(case.source.without(start), explanation)
    return case.with_code(case.source.with_lines_before(start, [written]), explanation)


def as_profiled(case: Case) -> Correction | None:
    """Samples take the shape that the profile gives them, whatever axes were lost on the way."""
    sizes = ", ".join(str(size) for size in case.request.function.data_profile.input_shape)
    line = f"{{x}} = {{x}}.reshape({{x}}.shape[0], {sizes})"
    return at_start_of_forward(case, line, f"An axis was missing: samples have the shape ({sizes}).")


def layer_at(case: Case, kinds: tuple[str, ...]) -> list[ast.Call]:
    """The one layer of these kinds behind `self.name(...)` on the innermost failing line."""
    for line in reversed(case.lines):
        names = {
            node.func.attr
            for node in case.source.nodes()
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.lineno == line
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "self"
        }
        found = [
            inner
            for node in case.source.nodes()
            if isinstance(node, ast.Assign) and last_name(node.targets[0]) in names
            for inner in ast.walk(node.value)
            if isinstance(inner, ast.Call) and last_name(inner.func) in kinds
        ]
        if len(found) == 1:
            return found
    return []


def argument_edits(calls: list[ast.Call], place: int, name: str, value: int) -> list[Edit]:
    found = [argument(call, place, name) for call in calls]
    return [(node, str(value)) for node in found if node is not None]


def with_keyword(case: Case, call: ast.Call, keyword: str) -> str:
    parts = [case.source.segment(value) for value in call.args] + [case.source.segment(word) for word in call.keywords]
    return f"{case.source.segment(call.func)}({', '.join([*parts, keyword])})"


def guarded(case: Case, statement: ast.stmt, condition: str) -> str:
    """A simple statement under a condition."""
    indent = " " * (statement.col_offset + 4)
    return f"if {condition}:\n{indent}{case.source.segment(statement)}"
