"""Finds the module that a model wrote: in one block or several, labelled or not, closed or not, or in no block."""

import ast
import re

from agents.fences import LONGEST_ANSWER, fenced_blocks
from runtime.models.calls import Unreadable
from runtime.python_source import parse_module as parse_python

DEFINING = "train_model"
LONGEST_MODULE = 100_000
LAST_LINES_CUT = 60
"""How many lines of prose after unfenced code are tried to be left out."""
CODE_START = re.compile(r"^(import |from \w[\w.]* import |def |class |@|try:)", re.MULTILINE)


def read_module(answer: str) -> str:
    """The text of the module that defines `train_model`. Raises `Unreadable` with the reason."""
    answer = answer[:LONGEST_ANSWER].replace("\r\n", "\n")
    blocks = [block.text for block in fenced_blocks(answer) if block.is_python and block.text.strip()]
    whole = [text for text in blocks if _defines(text)]
    if whole:
        return _finish(_with_its_parts(whole[-1], blocks))
    if joined := _join(blocks):
        return _finish(joined)
    if f"def {DEFINING}" in answer and (found := _unfenced(answer)):
        return _finish(found)
    raise Unreadable(_reason(blocks, answer))


def has_module(answer: str) -> bool:
    """Whether an answer tries to give a module at all."""
    return f"def {DEFINING}" in answer or any(block.is_python for block in fenced_blocks(answer))


def parse_module(text: str) -> ast.Module:
    """Parse hostile text. Raises `Unreadable` with the line of the fault."""
    if len(text) > LONGEST_MODULE:
        raise Unreadable(f"the module has {len(text)} characters; write at most {LONGEST_MODULE}.")
    try:
        return parse_python(text)
    except SyntaxError as error:
        raise Unreadable(f"the python block has a syntax error at line {error.lineno}: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"the python block can't be parsed: {str(error) or type(error).__name__}.") from None


def _defines(text: str) -> bool:
    try:
        tree = parse_module(text)
    except Unreadable:
        return False
    return DEFINING in _defined(tree)


def _with_its_parts(text: str, blocks: list[str]) -> str:
    """Put the other blocks before the one with `train_model`, when it uses what only they define."""
    tree = parse_module(text)
    missing = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - _defined(tree)
    parts = []
    for other in blocks:
        if other == text or _defines(other):
            continue
        try:
            if _defined(parse_module(other)) & missing:
                parts.append(other)
        except Unreadable:
            continue
    joined = "\n\n".join([*parts, text])
    return joined if parts and _defines(joined) else text


def _join(blocks: list[str]) -> str:
    """Blocks that are one module only together: cut in two, or continued."""
    for joint in ("\n", ""):
        for last in range(len(blocks), 1, -1):
            if _defines(joined := joint.join(blocks[:last])):
                return joined
    return ""


def _unfenced(answer: str) -> str:
    start = CODE_START.search(answer)
    lines = answer[start.start() :].split("\n") if start else []
    for cut in range(min(LAST_LINES_CUT, len(lines))):
        if _defines(text := "\n".join(lines[: len(lines) - cut])):
            return text
    return ""


def _defined(tree: ast.Module) -> set[str]:
    """Names bound at the top level of a module, inside `try` and `if` as well."""
    names: set[str] = set()
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {target.id for target in ast.walk(node) if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Try):
            pending += [*node.body, *node.orelse, *(line for handler in node.handlers for line in handler.body)]
        elif isinstance(node, ast.If):
            pending += [*node.body, *node.orelse]
    return names


def _finish(text: str) -> str:
    """The text, ended by one newline. Raises `Unreadable` for a function that was cut off before its end."""
    for node in parse_module(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == DEFINING and not _returns_a_value(node):
            raise Unreadable(f"{DEFINING} has no `return model, metrics`; write the module to its very end.")
    return text.strip("\n").rstrip() + "\n"


def _returns_a_value(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def _reason(blocks: list[str], answer: str) -> str:
    if not blocks:
        wanted = "give the complete module in one ```python block"
        return f"the answer holds no python block; {wanted}." if answer.strip() else f"the answer is empty; {wanted}."
    longest = max(blocks, key=len)
    parse_module(longest)
    return f"no python block defines {DEFINING}(X_train, y_train, X_val, y_val, device, **hyperparams)."
