"""What docstrings say, in the styles that people write."""

import ast

import pytest

from runtime.compiler.inference.docstrings import Docstring, documented, examples, mentions
from runtime.compiler.inference.engine import TypeInferenceEngine
from runtime.python_source import parse_module

NUMPY = """
Sum of weights.

Parameters
----------
weight, other : string or function, optional
    Name of the edge attribute.
*rest : int

Returns
-------
total : float
    The sum.
"""
GOOGLE = """
Return the sum of weights.

Args:
    weight (str): Name of the edge attribute.
    other: A mapping of names.

Returns:
    float: The sum.
"""
SPHINX = """
The sum of weights.

:param str weight: Name of the edge attribute.
:param other: a mapping
:type other: dict
:returns: The sum.
:rtype: float
"""


def said(text: str) -> Docstring:
    function = parse_module("def f(weight, other): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body[0] = ast.Expr(ast.Constant(text))
    return documented(function)


@pytest.mark.parametrize(
    ("text", "weight", "other"),
    [
        (NUMPY, "string or function, optional", "string or function, optional"),
        (GOOGLE, "str", None),
        (SPHINX, "str", "dict"),
    ],
)
def test_styles(text: str, weight: str, other: str | None) -> None:
    found = said(text)
    assert found.types["weight"] == weight
    assert found.types.get("other") == other
    assert found.words["weight"] == "Name of the edge attribute."
    assert (found.returned_type, found.returned) == ("float", "The sum.")


def test_the_first_sentence_and_mentions() -> None:
    assert said("Return True if `weight` is set.\n\nMore.").first == "Return True if `weight` is set."
    assert list(mentions("Given a string `weight` or none.", "weight")) == [(["given", "a", "string"], ["or", "none"])]
    assert said("").first == ""


def test_examples_with_what_is_shown() -> None:
    tree = parse_module('def f(x):\n    """Twice.\n\n    >>> y = 2\n    >>> f(y)\n    4\n    """\n')
    assert list(examples(tree)) == [("y = 2\nf(y)\n", {1: "", 2: "4"})]


def test_features_of_docstrings() -> None:
    body = "".join(f"    {line}\n" for line in NUMPY.splitlines())
    code = f'def f(weight, other):\n    """{body}    """\n    return g(weight)\n'
    found = TypeInferenceEngine().extract_features(code, "weight")
    assert {"doc type first says str", "doc type says function", "doc ~name"} <= found
    assert "doc type says float" in TypeInferenceEngine().extract_features(code, "f.return")
