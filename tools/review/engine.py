"""Review of a module's text: parse, infer, ask every rule that applies to the target."""

import ast
import warnings

from runtime.python_source import parse_module
from runtime.search_space import SearchSpace
from runtime.task import Target
from tools.review.edits import Edit
from tools.review.finding import Finding, Severity
from tools.review.inference import Inference
from tools.review.program import Program
from tools.review.rule import Hit, Rule
from tools.review.rules import RULES
from tools.review.rules.text import broken, too_deep
from tools.review.suppressions import suppressed
from tools.review.syntax import MAX_DEPTH, MAX_SOURCE, Syntax, depth_of

BYTE_ORDER_MARK = "\ufeff"
Found = tuple[Finding, tuple[Edit, ...]]


def review_code(
    source: str,
    target: Target = "xla",
    space: SearchSpace | None = None,
    constraints: list[str] | None = None,
    also: frozenset[str] = frozenset(),
    heed_comments: bool = True,
) -> list[Finding]:
    """What the rules for `target` find in a training function's text, in the order of lines; never raises on the text.

    `space` is its `bo_config` and `constraints` the relations stated with it; without them their rules are silent.
    `also` names optional rules to ask too. `# arxla: ignore` comments are a person's: code that nobody has read yet
    is reviewed without `heed_comments`, so that it can't silence its reviewer.
    """
    return [finding for finding, _ in find(source, target, space, constraints, also, heed_comments)]


def find(
    source: str,
    target: Target = "xla",
    space: SearchSpace | None = None,
    constraints: list[str] | None = None,
    also: frozenset[str] = frozenset(),
    heed_comments: bool = True,
) -> list[Found]:
    """The findings, each with the edits that mend it."""
    source = source.removeprefix(BYTE_ORDER_MARK)
    try:
        tree = _parse(source)
    except _TooDeep as error:
        return [_found(too_deep, Hit(ast.Module([], []), str(error)))]
    except SyntaxError as error:
        return [_found(*broken(source, error))]
    syntax = Syntax(source, tree)
    program = Program(syntax, Inference(syntax), target, space, constraints or [])
    asked = [rule for rule in RULES if target in rule.targets and (not rule.optional or rule.id in also)]
    found = [_found(rule, hit) for rule in asked for hit in rule.hits(program)]
    kept = [(f, edits) for f, edits in found if not (heed_comments and suppressed(syntax, f))]
    return sorted(kept, key=lambda item: (item[0].line, item[0].column, item[0].rule))


class _TooDeep(ValueError):
    """The text is longer or more nested than any training function."""


def _parse(source: str) -> ast.Module:
    if len(source) > MAX_SOURCE:
        raise _TooDeep(f"the text has {len(source)} characters, more than {MAX_SOURCE}")
    if "\0" in source:
        raise SyntaxError("the text holds a null character")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = parse_module(source)
    except (RecursionError, MemoryError) as error:
        raise _TooDeep("the text is nested too deeply to be parsed") from error
    except SyntaxError as error:
        if "too many nested" in str(error.msg):
            raise _TooDeep("the text is nested too deeply to be parsed") from error
        raise
    except ValueError as error:
        raise SyntaxError(str(error)) from error
    if depth_of(tree) > MAX_DEPTH:
        raise _TooDeep(f"the code is nested more than {MAX_DEPTH} deep")
    return tree


def _found(rule: Rule, hit: Hit) -> Found:
    node = hit.node
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
    compound = isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.With | ast.If | ast.ClassDef)
    finding = Finding(
        rule=rule.id,
        severity=rule.severity,
        message=hit.message,
        line=line,
        column=column + 1,
        end_line=line if compound else end_line,
        end_column=None if compound or end_column is None else end_column + 1,
        fixable=bool(hit.edits),
    )
    return finding, hit.edits


def blocks(findings: list[Finding]) -> bool:
    """Whether a finding forbids running the code."""
    return any(finding.severity is Severity.ERROR for finding in findings)
