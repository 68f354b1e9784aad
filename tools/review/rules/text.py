"""Rules about the text itself: what does not parse, was cut off, or was left out."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from runtime.python_source import parse_module
from tools.review.edits import Text
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, Rule, rule
from tools.review.rules.contract import FIT, IMPORTS, SIGNATURE
from tools.review.syntax import MAX_DEPTH, MAX_SOURCE

FENCE = re.compile(r"^\s*(```|~~~)", re.MULTILINE)
BLOCK = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(?:python|py)?[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
ELISION = re.compile(
    r"#\s*(\.\.\.|…)|#.*\b(rest of|remaining|existing) (the )?(your )?(code|implementation|model|training|loop)|"
    r"#.*\b(same as (above|before)|unchanged|your code here|implement(ation)? (goes )?here|omitted for brevity|"
    r"code (goes )?here|fill in)\b|#\s*TODO",
    re.IGNORECASE,
)
WHOLE = IMPORTS + SIGNATURE + FIT


def _never(_: Program) -> Iterator[Hit]:
    """Text that parses breaks none of these; `broken` speaks for text that does not."""
    return iter(())


def _text_rule(id: str, title: str, why: str, bad: str, fixable: bool = False) -> Rule:
    return rule(id, title, Severity.ERROR, why=why, example=Example("module", bad, WHOLE), fixable=fixable)(_never)


syntax_error = _text_rule(
    "SYN001",
    "a syntax error",
    "The text is not Python, so nothing else can be checked.",
    WHOLE.replace("for epoch in range(2):", "for epoch range(2):"),
)
truncated = _text_rule(
    "SYN002",
    "the code is cut off",
    "The model reached its output limit: ask it to go on, or for a shorter answer.",
    WHOLE[: WHOLE.index("criterion") if "criterion" in WHOLE else WHOLE.index("model(X_train.to(") + 16],
)
fenced = _text_rule(
    "SYN003",
    "Markdown or prose around the code",
    "Only the Python between the fences is the program.",
    "Here is the training function:\n\n```python\n" + WHOLE + "```\nIt trains a linear model.\n",
    fixable=True,
)
too_deep = _text_rule(
    "SYN005",
    "too long or too deeply nested",
    f"No training function is longer than {MAX_SOURCE} characters or deeper than {MAX_DEPTH} nested nodes.",
    WHOLE + "\n\nDEEP = " + "(" * 0 + "-" * 130 + "1\n",
)


@rule(
    "SYN004",
    "a part was left out",
    Severity.ERROR,
    why="A placeholder such as `...`, `# rest of the code` or NotImplementedError stands where code should be.",
    example=Example(
        "module",
        WHOLE.replace(
            "        loss.backward()\n", "        # ... rest of the training loop\n        loss.backward()\n"
        ),
        WHOLE,
    ),
)
def elided(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...:
            if not _protocol(program, node):
                yield Hit(node, "`...` stands where code should be")
        elif (
            isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node) and not _abstract(program, node)
        ):
            yield Hit(node, "`NotImplementedError` stands where code should be")
        elif isinstance(node, ast.FunctionDef) and node.name in ("train_model", "forward") and _empty(node):
            yield Hit(node, f"`{node.name}` has no body")
    for line, column, text in comments(program.syntax.source):
        if ELISION.search(text):
            yield Hit(_Comment.at(line, column, text), f"`{text[:50]}` says that code was left out")


class _Comment(ast.Pass):
    @staticmethod
    def at(line: int, column: int, text: str) -> "_Comment":
        node = _Comment()
        node.lineno = node.end_lineno = line
        node.col_offset, node.end_col_offset = column, column + len(text)
        return node


def comments(source: str) -> Iterator[tuple[int, int, str]]:
    """(line, column from 0, text) of every comment."""
    if "#" not in source:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1], token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def _protocol(program: Program, node: ast.AST) -> bool:
    owner = program.syntax.class_of(node)
    return owner is not None and any("Protocol" in ast.unparse(b) or "ABC" in ast.unparse(b) for b in owner.bases)


def _abstract(program: Program, node: ast.AST) -> bool:
    owner = program.syntax.class_of(node)
    derived = {ast.unparse(b) for c in program.syntax.classes.values() for b in c.bases}
    return owner is not None and owner.name in derived


def _empty(node: ast.FunctionDef) -> bool:
    body = [
        s
        for s in node.body
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) and isinstance(s.value.value, str))
    ]
    return not body or all(isinstance(s, ast.Pass) for s in body)


def broken(source: str, error: SyntaxError) -> tuple[Rule, Hit]:
    """The rule that text which does not parse breaks, and where."""
    line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
    spot = _Comment.at(max(line, 1), column, " ")
    if FENCE.search(source) or _prose(source):
        clean = unfenced(source)
        edits = (Text(clean),) if clean is not None else ()
        return fenced, Hit(spot, "the answer holds Markdown or prose besides the code", edits)
    if _cut(source, error):
        last = source.rstrip().count("\n") + 1
        return truncated, Hit(_Comment.at(last, 0, " "), f"the code ends in the middle of a statement ({error.msg})")
    return syntax_error, Hit(spot, f"{error.msg}")


def _prose(source: str) -> bool:
    first = next((line for line in source.splitlines() if line.strip()), "")
    words = first.split()
    return (
        len(words) > 3
        and words[0] in ("Here", "Sure", "Certainly", "Below", "This", "The", "I", "Here's", "Okay")
        and not first.startswith("#")
    )


def unfenced(source: str) -> str | None:
    """The longest fenced block that parses, or the text from the first import on, or the longest block as it is."""
    blocks = sorted((match.group(1) for match in BLOCK.finditer(source)), key=len, reverse=True)
    lines = source.splitlines(keepends=True)
    start = next((i for i, line in enumerate(lines) if re.match(r"(import|from|def|class|@)\b", line)), None)
    if start is not None:
        rest = [line for line in lines[start:] if not FENCE.match(line)]
        while rest:
            blocks.append("".join(rest))
            if not rest[-1].strip() or not rest[-1].startswith((" ", "\t")):
                rest = rest[:-1]
                continue
            break
    for block in blocks:
        try:
            tree = parse_module(block)
        except (SyntaxError, ValueError):
            continue
        if tree.body:
            return _ended(block)
    fences = BLOCK.findall(source)
    return _ended(max(fences, key=len)) if fences and max(fences, key=len).strip() else None


def _ended(block: str) -> str:
    return block if block.endswith("\n") else block + "\n"


def _cut(source: str, error: SyntaxError) -> bool:
    """Whether the text merely ends too early: an open bracket or string, or a fault on its last line."""
    message = error.msg or ""
    if "was never closed" in message:
        opened = error.lineno or 1
        return _open_at_end(source) and opened >= 1
    if "unterminated triple-quoted" in message or "unexpected EOF" in message:
        return True
    last = len(source.rstrip().splitlines())
    if "expected an indented block" in message or "unterminated string" in message:
        return (error.lineno or 0) >= last
    unfinished = source.rstrip().endswith(
        ("=", "+", "*", "-", "(", ",", ".", ":", "[", "and", "or", "not", "return model,")
    )
    return (error.lineno or 0) >= last and (unfinished or "expected" in message or "invalid syntax" in message)


def _open_at_end(source: str) -> bool:
    """The brackets open at the last line, so that closing them there would do; a statement follows otherwise."""
    lines = source.rstrip().splitlines()
    tail = lines[-1] if lines else ""
    depth = 0
    for line in reversed(lines[-12:]):
        depth += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        if depth > 0:
            return not any(
                re.match(r"\s*(def|class|for|while|return|import)\b", later) for later in lines[lines.index(line) + 1 :]
            )
    return bool(tail.strip())


RULES = (syntax_error, truncated, fenced, elided, too_deep)
