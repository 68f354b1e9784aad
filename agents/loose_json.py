"""Reads the JSON that language models write: comments, trailing commas, single quotes, NaN, missing ends."""

import ast
import json
import re
from collections.abc import Collection, Iterator
from itertools import accumulate
from typing import Any

from agents.fences import DATA, LONGEST_ANSWER, fenced_blocks
from runtime.models.calls import Unreadable

LONGEST_OBJECT = 100_000
MOST_CANDIDATES = 20
DEEPEST = 40
TOKENS = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\\n])*')|(?P<comment>//[^\n]*|/\*.*?\*/|\#[^\n]*)""",
    re.DOTALL | re.VERBOSE,
)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")
PYTHON_WORDS = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
WORD = re.compile(r"(?<![\w.])(?:true|false|null|undefined|-?(?:NaN|nan|Infinity|inf))(?!\w)")
FAULTS = (ValueError, SyntaxError, TypeError, RecursionError, MemoryError)


def read_object(answer: str, keys: Collection[str]) -> dict[str, Any]:
    """The first object in an answer that has one of `keys`. Raises `Unreadable` with the reason."""
    fault = ""
    for candidate in _candidates(answer[:LONGEST_ANSWER]):
        try:
            found = parse_loosely(candidate)
        except Unreadable as error:
            fault = fault or str(error)
            continue
        if isinstance(found, dict) and any(key in found for key in keys):
            return {str(key): value for key, value in found.items()}
    raise Unreadable(fault or f"the answer holds no json block with {' or '.join(repr(key) for key in keys)}.")


def parse_loosely(text: str) -> Any:
    """Parse as JSON, without comments and trailing commas, as a Python literal, and with the missing end added."""
    if len(text) > LONGEST_OBJECT:
        raise Unreadable(f"the json block has {len(text)} characters; write at most {LONGEST_OBJECT}.")
    if re.search(r"\b0[xXbBoO]", text) or _depth(text) > DEEPEST:
        raise Unreadable("the json block holds numbers or nesting that no answer needs.")
    plain = _without_comments(text).strip()
    fault = ""
    for attempt in (text, plain, plain + _missing_end(plain)):
        for parse in (json.loads, _parse_python):
            try:
                return parse(attempt)
            except FAULTS as error:
                fault = fault or f"the json block can't be read: {error}."
    raise Unreadable(fault)


def _candidates(answer: str) -> Iterator[str]:
    """Labelled blocks first, then other blocks, then whatever stands in braces."""
    blocks = fenced_blocks(answer)
    yield from (block.text for block in blocks if block.language in DATA)
    yield from (block.text for block in blocks if block.language not in DATA and block.text.lstrip().startswith("{"))
    outside = answer
    for block in blocks:
        outside = outside.replace(block.text, "") if block.is_python and block.text else outside
    position = 0
    for _ in range(MOST_CANDIDATES):
        start = outside.find("{", position)
        if start < 0:
            return
        end = _closing(outside, start)
        yield outside[start:end]
        position = end


def _closing(text: str, start: int) -> int:
    """Just past the brace that closes the one at `start`, or the end of the text."""
    depth, position = 0, start
    for token in re.finditer(r'"(?:\\.|[^"\\])*"|[{}]', text[start : start + LONGEST_OBJECT]):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        position = start + token.end()
        if depth == 0:
            return position
    return len(text)


def _depth(text: str) -> int:
    """The deepest nesting of brackets, quotes aside."""
    steps = ((character in "{[(") - (character in "}])") for character in text)
    return max(accumulate(steps), default=0)


def _parse_python(text: str) -> Any:
    """A Python literal with JSON's words allowed; NaN and infinities become None."""
    pieces, position = [], 0
    for token in TOKENS.finditer(text):
        pieces += [WORD.sub(_python_word, text[position : token.start()]), token.group()]
        position = token.end()
    return ast.literal_eval("".join([*pieces, WORD.sub(_python_word, text[position:])]).strip())


def _python_word(found: re.Match[str]) -> str:
    return PYTHON_WORDS.get(found.group(), "None")


def _without_comments(text: str) -> str:
    kept = TOKENS.sub(lambda token: token.group("text") or " ", text)
    pieces, position = [], 0
    for token in TOKENS.finditer(kept):
        pieces += [TRAILING_COMMA.sub(r"\1", kept[position : token.start()]), token.group()]
        position = token.end()
    return "".join([*pieces, TRAILING_COMMA.sub(r"\1", kept[position:])])


def _missing_end(text: str) -> str:
    """The quote and brackets that a cut-off object lacks."""
    stack: list[str] = []
    in_text = escaped = False
    for character in text:
        if in_text:
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_text = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]" and stack:
            stack.pop()
    return ('"' if in_text else "") + "".join(reversed(stack))
