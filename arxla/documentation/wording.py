"""What generated pages share: types in words, literals below names, and the little Markdown that they need."""

import ast
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr

from runtime.python_source import parse_module
from runtime.task import Role

WORDS = {
    str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", SecretStr: "secret",
}  # fmt: skip


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; a bar or a line's end in a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in cells)


def type_words(annotation: Any) -> str:
    """A type as a person reads it: text, whole number, `a` or `b`, …"""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return type_words(next(one for one in arguments if one is not NoneType))
    if origin is Literal:
        return "role" if arguments == get_args(Role) else " or ".join(code(str(one)) for one in arguments)
    if origin is list:
        return f"list of {type_words(arguments[0])}"
    return "JSON object" if origin is dict else WORDS.get(annotation) or annotation.__name__


def literals_below(source: str) -> dict[str, str]:
    """For each name that a class body assigns: the text literal that stands below it, in one line."""
    body = parse_module(source).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[target.id] = " ".join(str(after.value.value).split())
    return found
