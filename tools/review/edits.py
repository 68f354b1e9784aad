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
class Unwrap:
    """Put the body of the compound statement `node` in its place."""

    node: ast.stmt


@dataclass(frozen=True)
class Import:
    """Add an import statement at the top, unless it is there."""

    code: str


@dataclass(frozen=True)
class Text:
    """The whole new text, for sources that don't parse."""

    source: str


Edit = Replace | Before | After | Delete | Unwrap | Import | Text
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
        self.replaced: dict[Span, str] = {}
        self.placed: dict[tuple[int, int], list[Before | After | Delete | Unwrap]] = {}
        for edit in edits:
            if isinstance(edit, Replace):
                self.replaced[span(lines, edit.node)] = edit.code
            elif isinstance(edit, Before | After | Delete | Unwrap):
                self.placed.setdefault(span(lines, edit.node)[:2], []).append(edit)

    def _span(self, node: cst.CSTNode) -> Span:
        where = self.get_metadata(PositionProvider, node)
        return where.start.line, where.start.column, where.end.line, where.end.column

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        updated = super().on_leave(original_node, updated_node)
        if isinstance(original_node, cst.BaseExpression) and self.replaced:
            where = self._span(original_node)
            code = self.replaced.get(where)
            if code is not None:
                self.replaced.pop(where)
                new = cst.parse_expression(code)
                if getattr(original_node, "lpar", ()) and not isinstance(original_node, cst.Tuple | cst.GeneratorExp):
                    new = new.with_changes(lpar=original_node.lpar, rpar=original_node.rpar)
                return new
        if isinstance(original_node, cst.SimpleStatementLine | cst.BaseCompoundStatement) and self.placed:
            return self._place(original_node, updated)  # type: ignore[arg-type]
        return updated  # type: ignore[return-value]

    def _place(
        self, original: cst.CSTNode, updated: cst.BaseStatement
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        starts = [self._span(original)[:2]]
        if isinstance(original, cst.SimpleStatementLine):
            starts = [self._span(small)[:2] for small in original.body]
        around = [edit for start in starts for edit in self.placed.pop(start, [])]
        if not around:
            return updated
        before = [s for edit in around if isinstance(edit, Before) for s in _statements(edit.code)]
        after = [s for edit in around if isinstance(edit, After) for s in _statements(edit.code)]
        kept: list[cst.BaseStatement] = [updated]
        if any(isinstance(edit, Delete) for edit in around):
            kept = [] if before or after else _nothing(updated)
        elif any(isinstance(edit, Unwrap) for edit in around):
            kept = list(updated.body.body)
        if before and kept:
            before[0] = before[0].with_changes(leading_lines=getattr(kept[0], "leading_lines", ()))
            kept[0] = kept[0].with_changes(leading_lines=())
        return cst.FlattenSentinel([*before, *kept, *after])


def _nothing(statement: cst.BaseStatement) -> list[cst.BaseStatement]:
    empty = cst.SimpleStatementLine([cst.Pass()], leading_lines=getattr(statement, "leading_lines", ()))
    return [empty]


def _statements(code: str) -> list[cst.BaseStatement]:
    return [statement.with_changes() for statement in cst.parse_module(code).body]  # type: ignore[misc]


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
