"""The little of Markdown that answers use, as safe HTML: everything is escaped, and nothing becomes an address."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+-]*)\s*$")
ITEM = re.compile(r"^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
INLINE = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![\w.-])([A-Za-z0-9_-]+-\d{8}T\d{6}-[0-9a-f]{4})(?![\w-])")
ROW = re.compile(r"^\s*\|(.+)\|\s*$")
RULE = re.compile(r"^[\s|:-]+$")


def to_html(text: str, base: str) -> Markup:
    """Paragraphs, headings, lists, tables, fenced code, `code`, **bold**; a run's id leads to its page below `base`."""
    return Markup("").join(_blocks(text.replace("\r\n", "\n").split("\n"), base))


def _blocks(lines: list[str], base: str) -> Iterator[Markup]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := FENCE.match(line):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[1]), len(lines))
            yield Markup('<pre tabindex="0"><code>{}</code></pre>').format("\n".join(lines[at + 1 : end]))
            at = end + 1
        elif not line.strip():
            at += 1
        elif heading := HEADING.match(line):
            yield Markup("<h3>{}</h3>").format(_inline(heading[1], base))
            at += 1
        elif ITEM.match(line):
            block = _run_of(lines, at, ITEM)
            yield _list(block, base)
            at += len(block)
        elif ROW.match(line):
            block = _run_of(lines, at, ROW)
            yield _table(block, base)
            at += len(block)
        else:
            block = [line]
            while at + len(block) < len(lines) and _goes_on(lines[at + len(block)]):
                block.append(lines[at + len(block)])
            yield Markup("<p>{}</p>").format(Markup("<br>").join(_inline(part, base) for part in block))
            at += len(block)


def _run_of(lines: list[str], at: int, kind: re.Pattern[str]) -> list[str]:
    end = next((i for i in range(at, len(lines)) if not kind.match(lines[i])), len(lines))
    return lines[at:end]


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and not any(kind.match(line) for kind in (FENCE, ITEM, HEADING, ROW))


def _list(block: list[str], base: str) -> Markup:
    items = [match for line in block if (match := ITEM.match(line))]
    inner = Markup("").join(Markup("<li>{}</li>").format(_inline(item[2], base)) for item in items)
    return (Markup("<ol>{}</ol>") if items[0][1] else Markup("<ul>{}</ul>")).format(inner)


def _table(block: list[str], base: str) -> Markup:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block if not RULE.match(line)]
    head, *body = rows or [[]]
    cells = Markup("").join(Markup('<th scope="col">{}</th>').format(_inline(cell, base)) for cell in head)
    lines = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_inline(c, base)) for c in row))
        for row in body
    )
    table = '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    return Markup(table).format(cells, lines)


def _inline(text: str, base: str) -> Markup:
    pieces, at = [], 0
    for match in INLINE.finditer(text):
        pieces.append(escape(text[at : match.start()]))
        code, bold, run = match.groups()
        if code is not None:
            pieces.append(Markup("<code>{}</code>").format(code))
        elif bold is not None:
            pieces.append(Markup("<strong>{}</strong>").format(bold))
        else:
            pieces.append(Markup('<a href="{}/runs/{}">{}</a>').format(base, run, run))
        at = match.end()
    return Markup("").join([*pieces, escape(text[at:])])
