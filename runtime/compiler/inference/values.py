"""Features of types that an evaluation found, and of expressions whose types it does not know."""

import ast
from collections.abc import Iterator

from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.names import words
from runtime.compiler.inference.scopes import Binding, called, last_name
from runtime.compiler.inference.type_names import UNKNOWN, Types


def kinds_of(types: Types) -> list[str]:
    """Their kinds, `?` among them."""
    return sorted({UNKNOWN if name == UNKNOWN else kind(name) or UNKNOWN for name in types})


def of_types(label: str, types: Types) -> Iterator[str]:
    """Kinds that an evaluation found, alone and together."""
    kinds = kinds_of(types)
    for one in kinds:
        yield f"{label} {one}"
    if len(kinds) <= 3:
        yield f"{label} only {'|'.join(kinds)}"
    surely = [one for one in kinds if one not in (UNKNOWN, "None")]
    if len(surely) == 1:
        yield f"{label} mostly {surely[0]}"


def of_binding(label: str, binding: Binding) -> Iterator[str]:
    """What is assigned looks like."""
    if binding.expression is None:
        return
    place = f" {binding.path}" if binding.path else ""
    for feature in of_expression(binding.expression):
        yield f"{label} {binding.how}{place} {feature}"


def of_expression(node: ast.expr) -> Iterator[str]:
    """What an expression looks like, for those whose types aren't known."""
    match node:
        case ast.Call():
            name = called(node)
            yield f"call {name}"
            yield from (f"call ~{word}" for word in words(name))
            if name[:1].isupper():
                yield "call Class"
        case ast.Attribute(attr=name):
            yield f"attribute {name}"
            yield from (f"attribute ~{word}" for word in words(name))
        case ast.Name(id=name):
            yield f"name {name}"
            yield from (f"name ~{word}" for word in words(name))
        case ast.Subscript(value=value, slice=index):
            yield f"part {type(index).__name__}"
            yield from (f"part of ~{word}" for word in words(last_name(value)))
        case ast.BinOp(op=op):
            yield f"operation {type(op).__name__}"
        case _:
            yield type(node).__name__
