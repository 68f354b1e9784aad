"""What a docstring says of arguments, of the return value, and by its examples."""

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
SECTION = re.compile(r"^(\w[\w ]*?):?\s*$")
UNDERLINE = re.compile(r"^\s*[-=~]{3,}\s*$")
NUMPY_ENTRY = re.compile(r"^(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::\s*(.*))?$")
GOOGLE_ENTRY = re.compile(r"^\s+(\*{0,2}\w+)\s*(?:\(([^)]*)\))?\s*:\s*(.*)$")
FIELD = re.compile(r"^\s*[:@](param|arg|argument|keyword|type|ivar)\s+(?:([^:]*?)\s+)?\*{0,2}(\w+)\s*:\s*(.*)$")
RETURN_FIELD = re.compile(r"^\s*[:@](returns?|rtype|yields?)\b\s*:?\s*(.*)$")
TAKES = ("parameters", "other parameters", "arguments", "args", "keyword arguments", "attributes", "kwargs", "params")
GIVES = ("returns", "return", "yields", "yield", "return value")
LONGEST = 160
"""Letters of what is said of one thing."""


@dataclass
class Docstring:
    """What is said of each argument: of its type where the style has a place for it, and in words."""

    first: str = ""
    """Its first sentence."""
    types: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    returned_type: str = ""
    returned: str = ""
    text: str = ""

    def say(self, name: str, type_text: str, words: str) -> None:
        """Of an argument; what was said first counts."""
        if type_text.strip() and not self.types.get(name):
            self.types[name] = type_text.strip()[:LONGEST]
        if words.strip() and not self.words.get(name):
            self.words[name] = words.strip()[:LONGEST]


def documented(node: Documented) -> Docstring:
    """Of a function or class, in NumPy's, Google's or Sphinx's style, or in prose."""
    text = ast.get_docstring(node) or ""
    found = Docstring(text=text)
    if not text:
        return found
    found.first = re.split(r"(?<=\.)\s|\n\s*\n", text, maxsplit=1)[0][:LONGEST]
    lines = text.expandtabs().splitlines()
    section = ""
    for at, line in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if UNDERLINE.match(below) and line.strip():
            section = "numpy " + line.strip().lower()
        elif line.rstrip().endswith(":") and SECTION.match(line) and line.strip(" :").lower() in (*TAKES, *GIVES):
            section = "google " + line.strip(" :").lower()
        elif section.startswith("google") and line.strip() and not line[0].isspace():
            section = ""
        else:
            _entry(found, section, line, below)
        _field(found, line, below)
    return found


def _entry(found: Docstring, section: str, line: str, below: str) -> None:
    """A line of a section, with the one below it."""
    style, _, title = section.partition(" ")
    if not line.strip() or UNDERLINE.match(line):
        return
    if title in GIVES:
        _returned(found, style, line, below)
    elif title in TAKES and style == "numpy" and not line[0].isspace():
        entry = NUMPY_ENTRY.match(line)
        for name in entry[1].split(",") if entry else []:
            found.say(name.strip(" *"), entry[2] or "" if entry else "", below)
    elif title in TAKES and style == "google":
        entry = GOOGLE_ENTRY.match(line)
        if entry:
            found.say(entry[1].strip("*"), entry[2] or "", entry[3])


def _returned(found: Docstring, style: str, line: str, below: str) -> None:
    if style == "numpy" and not found.returned_type and not line[0].isspace():
        found.returned_type = line.rpartition(" : ")[2].strip()[:LONGEST]
        found.returned = below.strip()[:LONGEST]
    elif style == "google" and not found.returned:
        said, colon, words = line.strip().partition(":")
        found.returned_type, found.returned = (said[:LONGEST], words.strip()) if colon else ("", said[:LONGEST])


def _field(found: Docstring, line: str, below: str) -> None:
    """Sphinx's and epydoc's `:param int x: …`."""
    one = FIELD.match(line)
    if one and one[1] == "type":
        found.say(one[3], one[4], "")
    elif one:
        found.say(one[3], one[2] or "", one[4] or below)
    gives = RETURN_FIELD.match(line)
    if gives and gives[1] == "rtype":
        found.returned_type = gives[2][:LONGEST]
    elif gives and not found.returned:
        found.returned = (gives[2] or below.strip())[:LONGEST]


def mentions(text: str, name: str, most: int = 3) -> Iterator[tuple[list[str], list[str]]]:
    """Words before and after an argument's name in prose, for names that are no common words."""
    marked = re.compile(rf"[`'*\"]+{re.escape(name)}[`'*\"]+" if len(name) < 4 or name.islower() else re.escape(name))
    plain = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w(=])")
    places = list(marked.finditer(text)) or (list(plain.finditer(text)) if len(name) > 1 else [])
    for place in places[:most]:
        before = re.findall(r"[A-Za-z]+", text[max(place.start() - 40, 0) : place.start()])[-3:]
        after = re.findall(r"[A-Za-z]+", text[place.end() : place.end() + 40])[:3]
        yield [word.lower() for word in before], [word.lower() for word in after]


def examples(tree: ast.Module) -> Iterator[tuple[str, dict[int, str]]]:
    """The source of each docstring's examples, with what is shown below a line of it."""
    parser = doctest.DocTestParser()
    for node in ast.walk(tree):
        if not isinstance(node, Documented):
            continue
        text = ast.get_docstring(node, clean=False)
        if not text or ">>>" not in text:
            continue
        try:
            found = parser.get_examples(inspect.cleandoc(text))
        except ValueError:
            continue
        source, shown = "", {}
        for example in found:
            shown[source.count("\n") + 1] = example.want.strip()
            source += example.source
        if source:
            yield source, shown
