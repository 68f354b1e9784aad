"""Edits of generated code at places that the syntax tree names; layout and comments stay."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.python_source import parse_module

Edit = tuple[ast.AST, str]


@dataclass(frozen=True)
class Source:
    """A module text with its tree; `tree` is None when the text does not parse."""

    text: str
    tree: ast.Module | None

    @classmethod
    def read(cls, text: str) -> "Source":
        try:
            return cls(text, parse_module(text))
        except (SyntaxError, ValueError, RecursionError):
            return cls(text, None)

    def nodes(self) -> Iterator[ast.AST]:
        """Every node, outermost first; none when the text does not parse."""
        return ast.walk(self.tree) if self.tree is not None else iter(())

    def calls(self, *names: str) -> list[ast.Call]:
        """Calls whose last name is one of `names`, in the order of the text."""
        found = [node for node in self.nodes() if isinstance(node, ast.Call) and last_name(node.func) in names]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def functions(self, name: str) -> list[ast.FunctionDef]:
        return [node for node in self.nodes() if isinstance(node, ast.FunctionDef) and node.name == name]

    def statement_at(self, line: int | None) -> ast.stmt | None:
        """The innermost statement that covers a line."""
        if line is None:
            return None
        covering = [
            node
            for node in self.nodes()
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return covering[-1] if covering else None

    def segment(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.text, node) or ""

    def replaced(self, edits: list[Edit]) -> str:
        """The text with each node's text replaced; of nested edits, only the outermost is made."""
        data = self.text.encode()
        starts = _line_starts(data)
        spans = sorted(
            ((starts[line(n)] + col(n), starts[end_line(n)] + end_col(n), new.encode()) for n, new in edits),
            key=lambda span: (span[0], -span[1]),
        )
        pieces, position = [], 0
        for start, end, new in spans:
            if start < position:
                continue
            pieces += [data[position:start], new]
            position = end
        return b"".join([*pieces, data[position:]]).decode()

    def with_lines_before(self, statement: ast.stmt, lines: list[str]) -> str:
        """The text with lines put above a statement, at its indentation."""
        return self._with_lines(statement.lineno - 1, statement.col_offset, lines)

    def with_lines_after(self, statement: ast.stmt, lines: list[str]) -> str:
        """The text with lines put below a simple statement, at its indentation."""
        return self._with_lines(statement.end_lineno or statement.lineno, statement.col_offset, lines)

    def without(self, statement: ast.stmt) -> str:
        """The text with a statement replaced by `pass`."""
        return self.replaced([(statement, "pass")])

    def with_import(self, line: str) -> str:
        """The text with an import added above the first statement that is not a docstring or a __future__ import."""
        if self.tree is None:
            return self.text
        for node in self.tree.body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                return self.with_lines_before(node, [line])
        return f"{self.text}\n{line}\n"

    def _with_lines(self, place: int, indent: int, lines: list[str]) -> str:
        text = self.text.splitlines()
        text[place:place] = [" " * indent + line for line in lines]
        return "\n".join(text) + "\n"


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, `a` of `a`, else nothing."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def first_body_statement(function: ast.FunctionDef) -> ast.stmt:
    """The first statement below the docstring."""
    body = function.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return body[1] if has_docstring and len(body) > 1 else body[0]


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of the positional parameters."""
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def number(node: ast.AST | None) -> int | None:
    """The value of an integer literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """A call's argument given by position or by name."""
    by_name = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return by_name if by_name is not None else call.args[place] if place < len(call.args) else None


def line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))


def col(node: ast.AST) -> int:
    return int(getattr(node, "col_offset", 0))


def end_line(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 1))


def end_col(node: ast.AST) -> int:
    return int(getattr(node, "end_col_offset", 0))


def _line_starts(data: bytes) -> dict[int, int]:
    starts, position = {1: 0}, 0
    for count, content in enumerate(data.splitlines(keepends=True), start=2):
        position += len(content)
        starts[count] = position
    return starts
