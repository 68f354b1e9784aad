"""The paper's own macros: definitions taken out of the source, uses replaced by what they stand for."""

import re
from typing import NamedTuple

from tools.papers.readers.writer import TextWriter

MOST_ROUNDS = 12
LARGEST_GROWTH = 4
ROOM = 1 << 20
"""Characters that expansion may add to a short source, beyond LARGEST_GROWTH times a long one."""
LONGEST_BODY = 4000
_DEFINITION = re.compile(
    r"\\(?:(?P<new>(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z@]+)\s*\}|\\(?P<bare>[A-Za-z@]+))"
    r"\s*(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\[\]]{0,100})\])?\s*(?=\{)"
    r"|(?:long\s*\\|global\s*\\)?(?:e|g|x)?def\s*\\(?P<def>[A-Za-z@]+)\s*(?P<parameters>(?:#\d\s*)*)(?=\{)"
    r"|(?P<operator>DeclareMathOperator\*?)\s*\{?\s*\\(?P<name>[A-Za-z@]+)\s*\}?\s*(?=\{))"
)
_USE = re.compile(r"\\([A-Za-z@]+)")
_KEPT = {
    "section",
    "subsection",
    "item",
    "cite",
    "label",
    "ref",
    "begin",
    "end",
    "title",
    "author",
    "maketitle",
    "footnote",
}
"""Commands that papers redefine for looks alone."""


class Macro(NamedTuple):
    arguments: int
    default: str | None
    body: str


def expand_macros(source: str, writer: TextWriter) -> str:
    """The source without its definitions, each simple macro replaced, in bounded rounds and to a bounded length."""
    source, macros = take_definitions(source)
    for name in [name for name, macro in macros.items() if re.search(rf"\\{re.escape(name)}(?![A-Za-z@])", macro.body)]:
        del macros[name]  # it calls itself
    most = max(LARGEST_GROWTH * len(source), len(source) + ROOM)
    for _ in range(MOST_ROUNDS):
        expanded = _expand_once(source, macros, most)
        if expanded is None:
            writer.warn("the paper's macros grow without end and were left as they stand")
            return source
        if expanded == source:
            return source
        source = expanded
    return source


def take_definitions(source: str) -> tuple[str, dict[str, Macro]]:
    """The source without definitions, and what they define."""
    macros: dict[str, Macro] = {}
    pieces: list[str] = []
    place = 0
    while match := _DEFINITION.search(source, place):
        end = group_end(source, match.end())
        pieces.append(source[place : match.start()])
        place = end
        name = match["braced"] or match["bare"] or match["def"] or match["name"]
        body = source[match.end() + 1 : end - 1]
        if match["operator"]:
            body = f"\\operatorname{{{body}}}"
        if name not in _KEPT and len(body) <= LONGEST_BODY:
            count = int(match["count"] or 0) if match["new"] else (match["parameters"] or "").count("#")
            macros[name] = Macro(count, match["default"], body)
    return "".join([*pieces, source[place:]]), macros


def _expand_once(source: str, macros: dict[str, Macro], most: int) -> str | None:
    pieces: list[str] = []
    place = length = 0
    for match in _USE.finditer(source):
        macro = macros.get(match[1])
        if macro is None or match.start() < place:
            continue
        before = source[place : match.start()]
        replacement, place = _apply(source, match.end(), macro)
        pieces += [before, replacement]
        length += len(before) + len(replacement)
        if length > most:
            return None
    return "".join([*pieces, source[place:]])


def _apply(source: str, place: int, macro: Macro) -> tuple[str, int]:
    """What a use stands for, and where the source goes on."""
    values: list[str] = []
    for index in range(macro.arguments):
        while place < len(source) and source[place] in " \t\n":
            place += 1
        if index == 0 and macro.default is not None:
            end = source.find("]", place) if source[place : place + 1] == "[" else -1
            values.append(source[place + 1 : end] if end > 0 else macro.default)
            place = end + 1 if end > 0 else place
        elif source[place : place + 1] == "{":
            end = group_end(source, place)
            values.append(source[place + 1 : end - 1])
            place = end
        else:
            token = re.match(r"\\[A-Za-z@]+|\\?.", source[place : place + 60], re.DOTALL)
            values.append(token[0] if token else "")
            place += len(values[-1])
    given = dict(zip("123456789", values, strict=False))
    body = re.sub(r"#(\d)", lambda match: given.get(match[1], ""), macro.body)
    if source[place : place + 1].isalpha() and re.search(r"\\[A-Za-z]+$", body):
        body += " "
    return body, place


def group_end(source: str, place: int) -> int:
    """Just behind the brace that closes the one at `place`; the source's end when none does."""
    depth = 0
    for match in _BRACE.finditer(source, place):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return match.end()
    return len(source)


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
