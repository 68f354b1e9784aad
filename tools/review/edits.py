"""Changes to a module, applied through libcst so that comments and layout stay as they were."""

import ast
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider


@dataclass(frozen=True)
class Replace:
    """Put the code of an expression in the place of `node`."""

    node: ast.expr
    code: str


@dataclass(frozen=True)
class Around:
    """Put `code` in the place of `node`, where `KEPT` in it stands for `inner`, whose text stays as it is."""

    node: ast.expr
    inner: ast.expr
    code: str


@dataclass(frozen=True)
class Keyword:
    """Add a keyword argument to a call."""

    node: ast.Call
    name: str
    value: str


@dataclass(frozen=True)
class Before:
    """Insert statements before the statement `node`, in its block."""

    node: ast.stmt
    code: str


@dataclass(frozen=True)
class After:
    """Insert statements after the statement `node`, in its block."""

    node: ast.stmt
    code: str


@dataclass(frozen=True)
class Delete:
    """Remove the statement `node`; an emptied block keeps a `pass`."""

    node: ast.stmt


@dataclass(frozen=True)
class Import:
    """Add an import statement at the top, unless it is there."""

    code: str


@dataclass(frozen=True)
class Text:
    """The whole new text, for sources that don't parse."""

    source: str


KEPT = "__kept__"
Edit = Replace | Around | Keyword | Before | After | Delete | Import | Text
StatementEdit = Before | After | Delete
Span = tuple[int, int, int, int]


def span(lines: list[str], node: ast.expr | ast.stmt) -> Span:
    """(line, column, end line, end column) in characters; the decorators of a function count as its start."""
    start_line, start_byte = node.lineno, node.col_offset
    end_line, end_byte = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return start_line, _characters(lines, start_line, start_byte), end_line, _characters(lines, end_line, end_byte)


def _characters(lines: list[str], line: int, column: int) -> int:
    text = lines[line - 1] if line <= len(lines) else ""
    return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


def apply(source: str, edits: list[Edit]) -> str:
    """The source with `edits` made; edits must not overlap. Raises `libcst.ParserSyntaxError` on unusable text."""
    for edit in edits:
        if isinstance(edit, Text):
            return edit.source
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    lines = source.splitlines()
    editor = _Editor(lines, edits)
    module = wrapper.visit(editor)
    for edit in edits:
        if isinstance(edit, Import):
            module = _add_import(module, edit.code)
    return module.code


class _Editor(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, lines: list[str], edits: list[Edit]) -> None:
        super().__init__()
        self.expressions: dict[Span, list[Replace | Around | Keyword]] = {}
        self.inner: dict[Span, cst.BaseExpression | None] = {}
        self.lines = lines
        self.placed: dict[tuple[int, int], list[StatementEdit]] = {}
        for edit in edits:
            if isinstance(edit, Replace | Around | Keyword):
                self.expressions.setdefault(span(lines, edit.node), []).append(edit)
            if isinstance(edit, Around):
                self.inner[span(lines, edit.inner)] = None
            if isinstance(edit, StatementEdit):
                self.placed.setdefault(span(lines, edit.node)[:2], []).append(edit)

    def _span(self, node: cst.CSTNode) -> Span:
        where = self.get_metadata(PositionProvider, node)
        return where.start.line, where.start.column, where.end.line, where.end.column

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        updated = super().on_leave(original_node, updated_node)
        if (
            isinstance(original_node, cst.BaseExpression)
            and self.expressions
            and isinstance(updated, cst.BaseExpression)
        ):
            where = self._span(original_node)
            edits = self.expressions.pop(where, [])
            for edit in edits:
                if isinstance(edit, Keyword):
                    updated = self._change(edit, updated)
            if where in self.inner:
                self.inner[where] = updated
            for edit in edits:
                if not isinstance(edit, Keyword):
                    updated = self._change(edit, updated)
            return updated
        if isinstance(original_node, cst.SimpleStatementLine | cst.BaseCompoundStatement) and self.placed:
            assert isinstance(updated, cst.SimpleStatementLine | cst.BaseCompoundStatement)
            return self._place(original_node, updated)
        return updated

    def _change(self, edit: Replace | Around | Keyword, old: cst.BaseExpression) -> cst.BaseExpression:
        if isinstance(edit, Keyword):
            assert isinstance(old, cst.Call)
            return _with_keyword(old, edit.name, edit.value)
        new = cst.parse_expression(edit.code)
        if isinstance(edit, Around):
            kept = self.inner[span(self.lines, edit.inner)] or old
            bare = kept.with_changes(lpar=(), rpar=()) if _parenthesised(kept) else kept
            changed = new.visit(_Fill(kept if f"({KEPT})" not in edit.code else bare))
            assert isinstance(changed, cst.BaseExpression)
            new = changed
        if _parenthesised(old) and not _parenthesised(new):
            new = new.with_changes(lpar=old.lpar, rpar=old.rpar)
        return new

    def _place(
        self, original: cst.CSTNode, updated: cst.SimpleStatementLine | cst.BaseCompoundStatement
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        parts = original.body if isinstance(original, cst.SimpleStatementLine) else [original]
        edits = [self.placed.pop(self._span(part)[:2], []) for part in parts]
        around = [edit for each in edits for edit in each]
        if not around:
            return updated
        gone = [any(isinstance(edit, Delete) for edit in each) for each in edits]
        if isinstance(updated, cst.SimpleStatementLine) and any(gone) and not all(gone):
            updated = _without(updated, gone)
        before = [s for edit in around if isinstance(edit, Before) for s in _statements(edit.code)]
        after = [s for edit in around if isinstance(edit, After) for s in _statements(edit.code)]
        kept: list[cst.SimpleStatementLine | cst.BaseCompoundStatement] = [updated]
        if all(gone):
            kept, before, after = [], before or after, []
            if not before and not any(line.comment for line in updated.leading_lines):
                return cst.RemoveFromParent()
            before = before or [cst.SimpleStatementLine([cst.Pass()])]
        if before:
            before[0] = before[0].with_changes(leading_lines=updated.leading_lines)
            kept = [statement.with_changes(leading_lines=()) for statement in kept]
        return cst.FlattenSentinel([*before, *kept, *after])


def _without(line: cst.SimpleStatementLine, gone: list[bool]) -> cst.SimpleStatementLine:
    """A line of several statements less those that go."""
    *first, last = [part for part, drop in zip(line.body, gone, strict=True) if not drop]
    return line.with_changes(body=[*first, last.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])


class _Fill(cst.CSTTransformer):
    """Puts an expression in the place of the name `KEPT`."""

    def __init__(self, inner: cst.BaseExpression) -> None:
        super().__init__()
        self.inner = inner

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802
        return self.inner if original_node.value == KEPT else updated_node


def _parenthesised(node: cst.BaseExpression) -> bool:
    return bool(node.lpar) and not isinstance(node, cst.Tuple | cst.GeneratorExp)


def _with_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with one more argument, laid out like those before it."""
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    new = cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=tight)
    if not call.args:
        return call.with_changes(args=[new])
    *first, last = call.args
    before = first[-1].comma if first else None
    between = before.whitespace_after if isinstance(before, cst.Comma) else call.whitespace_before_args
    ended = last.comma
    closing = ended.whitespace_after if isinstance(ended, cst.Comma) else last.whitespace_after_arg
    around: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if isinstance(between, cst.ParenthesizedWhitespace) and isinstance(closing, cst.ParenthesizedWhitespace):
        around = between.with_changes(first_line=closing.first_line, empty_lines=())
        closing = closing.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=())
    if isinstance(ended, cst.Comma):
        new = new.with_changes(comma=cst.Comma(whitespace_after=closing))
    else:
        new = new.with_changes(whitespace_after_arg=closing)
    last = last.with_changes(comma=cst.Comma(whitespace_after=around), whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=[*first, last, new])


def _statements(code: str) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    return list(cst.parse_module(code).body)


def _add_import(module: cst.Module, code: str) -> cst.Module:
    """After the docstring, the future imports and any try-import of the same package."""
    statement = _statements(code)[0]
    wanted = module.code_for_node(statement).strip()
    if any(
        module.code_for_node(s).strip().endswith(wanted) and isinstance(s, cst.SimpleStatementLine) for s in module.body
    ):
        return module
    body = list(module.body)
    index = last = 0
    for position, existing in enumerate(body):
        if not isinstance(existing, cst.SimpleStatementLine):
            break
        small = existing.body[0]
        if isinstance(small, cst.Import | cst.ImportFrom):
            last = position + 1
        elif not (position == 0 and isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)):
            break
        else:
            index = position + 1
    body.insert(last or index, statement)
    return module.with_changes(body=body)
