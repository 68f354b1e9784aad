"""One pass over LaTeX source, without recursion but for short arguments (captions, titles, footnotes)."""

import re
import textwrap

from tools.papers.readers import latex_words as words
from tools.papers.readers.latex_macros import group_end
from tools.papers.readers.writer import TextWriter

DEEPEST = 12
LONGEST_INLINE = 4000
"""Characters of a formula between two dollars; a longer one is a stray dollar."""
LONGEST_OPTION = 400
_TOKEN = re.compile(
    r"\\(?P<command>[A-Za-z@]+)(?P<star>\*?)|\\(?P<mark>[^A-Za-z])|(?P<math>\$\$?)|(?P<brace>[{}])|(?P<tie>~)"
    r"|(?P<paragraph>\n[ \t]*\n\s*)|(?P<cell>&)|(?P<quote>``|'')|(?P<dash>-{2,3})",
    re.DOTALL,
)
_OPTION = re.compile(r"\s*\[((?:[^\[\]{}]|\{[^{}]*\}|\[[^\[\]]*\])*)\]")
_CITE = re.compile(r"[A-Za-z]*cite[A-Za-z]*")
_OPENING = re.compile(r"\s*\{")
_ENVIRONMENT = re.compile(r"\s*\{([^{}]{1,40})\}")
_TOKEN_ARGUMENT = re.compile(r"\s*(\\[A-Za-z]+|[^\s\\{}])")


class Walker:
    """Turns source into lines of a writer; a walker for an argument has no writer, and its text is asked for."""

    def __init__(self, writer: TextWriter | None, depth: int = 0) -> None:
        self._writer = writer
        self._depth = depth
        self._parts: list[str] = []
        self._environments: list[str] = []
        self._tables = 0
        self._titled = False

    def title(self, source: str) -> None:
        """Write the paper's title."""
        if self._writer is not None and not self._titled:
            self._titled = True
            self._writer.heading(1, self._inline(source).replace("\n", " "))

    def walk(self, source: str) -> None:
        """Read all of `source`."""
        place = 0
        while match := _TOKEN.search(source, place):
            self._prose(source[place : match.start()])
            place = self._token(match, source)
        self._prose(source[place:])

    def _prose(self, text: str) -> None:
        self._parts.append(text.replace("\n", " ") if self._tables else text)

    def finish(self) -> None:
        """Write what is left."""
        self._paragraph()

    def text(self) -> str:
        """All that was read, of a walker without a writer."""
        return _tidy("".join(self._parts)).strip()

    def _token(self, match: re.Match[str], source: str) -> int:
        end = match.end()
        if match["command"]:
            return self._command(match["command"], source, end)
        if match["mark"]:
            return self._mark(match["mark"], source, end)
        if match["math"]:
            return self._dollar(match["math"], source, end)
        if match["paragraph"]:
            if not self._tables:
                self._paragraph()
            return end
        replacement = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—", "{": "", "}": ""}.get(match[0])
        if match["cell"]:
            replacement = " | " if self._tables else "&"
        self._parts.append(match[0] if replacement is None else replacement)
        return end

    def _mark(self, mark: str, source: str, end: int) -> int:
        if mark == "\\":
            option = _OPTION.match(source, end) if source[end : end + 1] == "[" else None
            self._parts.append("\n")
            return option.end() if option else end
        if mark in "([":
            close = source.find("\\)" if mark == "(" else "\\]", end)
            if close < 0:
                return end
            self._formula(source[end - 2 : close + 2], display=mark == "[")
            return close + 2
        if mark in words.ACCENTS:
            base, end = self._argument(source, end)
            self._parts.append(words.accent(mark, base.strip()))
            return end
        self._parts.append(words.PUNCTUATION.get(mark, ""))
        return end

    def _dollar(self, mark: str, source: str, end: int) -> int:
        close = end
        while (close := source.find(mark, close)) > 0 and source[close - 1] == "\\" and source[close - 2] != "\\":
            close += 1
        formula = source[end:close] if close > 0 else ""
        if close < 0 or len(formula) > LONGEST_INLINE or (mark == "$" and "\n\n" in formula):
            self._parts.append(mark)
            return end
        if formula.strip():
            self._formula(f"{mark}{formula}{mark}", display=mark == "$$")
        return close + len(mark)

    def _formula(self, source: str, display: bool) -> None:
        if not display or self._writer is None or self._tables:
            self._parts.append(" ".join(source.split()))
            return
        self._paragraph()
        self._raw(source)

    def _command(self, name: str, source: str, end: int) -> int:
        if name in ("begin", "end"):
            return self._environment(name, source, end)
        if (
            name in words.SECTIONS
            or name in words.RUN_IN
            or name in words.TITLES
            or name in ("abstract", "caption", "subcaption")
        ):
            return self._headed(name, source, end)
        if name in words.DROPPED:
            return self._skip(source, end, words.DROPPED[name])
        if name in words.STEPS:
            self._parts.append(f"\n{words.STEPS[name]} ".rstrip(" ") + " ")
            return self._skip_option(source, end)
        if _CITE.fullmatch(name):
            return self._cite(source, end)
        if name in words.ACCENTS:
            base, end = self._argument(source, end)
            self._parts.append(words.accent(name, base.strip()))
            return end
        return self._small(name, source, end)

    def _small(self, name: str, source: str, end: int) -> int:
        """A command within a line."""
        if name in ("footnote", "footnotetext"):
            content, end = self._argument(source, self._skip_option(source, end))
            self._parts.append(f" (footnote: {self._inline(content)}) ")
        elif name in words.REFERENCES or name in ("url", "path", "nolinkurl", "ensuremath"):
            content, end = self._argument(source, self._skip_option(source, end))
            self._parts.append(f"${content}$" if name == "ensuremath" else content)
        elif name == "item":
            option = _OPTION.match(source, end)
            self._parts.append("\n- " + (f"{self._inline(option[1])} " if option else ""))
            return option.end() if option else end
        elif name == "bibitem":
            key, end = self._argument(source, self._skip_option(source, end))
            self._paragraph()
            self._parts.append(f"[{key}] ")
        elif name == "Comment":
            content, end = self._argument(source, end)
            self._parts.append(f" // {self._inline(content)}")
        elif name == "verb" and end < len(source):
            close = source.find(source[end], end + 1)
            self._parts.append(source[end + 1 : close])
            return close + 1 if close > 0 else end
        elif name in words.SWALLOWED:
            return self._skip(source, end, words.SWALLOWED[name])
        else:
            meaning = words.WORDS.get(name)
            meaning = words.symbol(name) if meaning is None else meaning
            if meaning is None:
                return self._skip_option(source, end)
            if meaning == "\n\n":
                self._paragraph()
            else:
                self._parts.append(meaning)
            return end + 2 if source[end : end + 2] == "{}" else end
        return end

    def _headed(self, name: str, source: str, end: int) -> int:
        content, end = self._argument(source, self._skip_option(source, end))
        if name in words.TITLES:
            self.title(content)
        elif name == "abstract":
            self._heading(2, "Abstract")
            self._parts.append(self._inline(content))
            self._paragraph()
        elif name in words.SECTIONS:
            self._heading(words.SECTIONS[name], self._inline(content).replace("\n", " "))
        elif name in words.RUN_IN:
            self._paragraph()
            self._parts.append(f"{self._inline(content)} ")
        else:
            kind = next((words.FLOATS[env] for env in reversed(self._environments) if env in words.FLOATS), "Figure")
            self._paragraph()
            self._parts.append(f"{kind}: {self._inline(content)}")
            self._paragraph()
        return end

    def _environment(self, which: str, source: str, end: int) -> int:
        match = _ENVIRONMENT.match(source, end)
        if match is None:
            return end
        full, end = match[1].strip(), match.end()
        name = full.rstrip("*")
        if which == "end":
            return self._leave(name, end)
        if name in words.MATH or name in words.VERBATIM or name in words.LEFT_OUT:
            return self._whole(full, name, source, match.start() - len("\\begin"), end)
        self._environments.append(name)
        if name == "abstract":
            self._heading(2, "Abstract")
        elif name == "thebibliography":
            self._heading(2, "References")
        elif name in words.TABULAR:
            self._tables += 1
            self._parts.append("\n")
            return self._skip(source, end, words.TABULAR[name] + (full == "tabular*"))
        else:
            self._paragraph()
        if name in words.THEOREMS:
            option = _OPTION.match(source, end)
            self._parts.append(f"{name.capitalize()}{f' ({self._inline(option[1])})' if option else ''}. ")
            return option.end() if option else end
        return self._skip(source, end, words.WITH_ARGUMENTS.get(name, 0))

    def _leave(self, name: str, end: int) -> int:
        if name in self._environments[-1:]:
            self._environments.pop()
        if name in words.TABULAR:
            self._tables = max(0, self._tables - 1)
        self._paragraph()
        return end

    def _whole(self, full: str, name: str, source: str, start: int, end: int) -> int:
        """An environment that is kept as it stands, or left out."""
        close = source.find(f"\\end{{{full}}}", end)
        stop = close + len(f"\\end{{{full}}}") if close >= 0 else len(source)
        if name in words.LEFT_OUT:
            return stop
        if self._writer is None or (self._tables and name in words.MATH):
            self._parts.append(" ".join(source[start:stop].split()))
            return stop
        self._paragraph()
        if name in words.VERBATIM:
            content = source[self._skip_option(source, end) : close if close >= 0 else stop]
            self._raw("```\n" + content.strip("\n") + "\n```")
        else:
            self._raw(source[start:stop])
        return stop

    def _cite(self, source: str, end: int) -> int:
        notes = []
        while (option := _OPTION.match(source, end)) and len(option[1]) < LONGEST_OPTION:
            notes.append(option[1])
            end = option.end()
        keys, end = self._argument(source, end)
        shown = ", ".join(
            [*keys.replace(" ", "").replace("\n", "").split(","), *(self._inline(note) for note in notes if note)]
        )
        if shown:
            self._parts.append(f"[{shown}]")
        return end

    def _argument(self, source: str, end: int) -> tuple[str, int]:
        """The argument at `end`, in braces or one token, and the place behind it."""
        if opening := _OPENING.match(source, end):
            close = group_end(source, opening.end() - 1)
            return source[opening.end() : close - 1], close
        token = _TOKEN_ARGUMENT.match(source, end)
        return (token[1], token.end()) if token else ("", end)

    def _skip(self, source: str, end: int, arguments: int) -> int:
        """Past a star, options, and so many arguments in braces."""
        end = self._skip_option(source, end)
        for _ in range(arguments):
            opening = _OPENING.match(source, end)
            if opening is None:
                break
            end = self._skip_option(source, group_end(source, opening.end() - 1))
        return end

    def _skip_option(self, source: str, end: int) -> int:
        while (option := _OPTION.match(source, end)) and option.end() - end < LONGEST_OPTION and source[end] in "[ \t":
            end = option.end()
        return end

    def _inline(self, source: str) -> str:
        if self._depth >= DEEPEST:
            return source
        walker = Walker(None, self._depth + 1)
        walker.walk(source)
        return walker.text()

    def _heading(self, level: int, text: str) -> None:
        self._paragraph()
        if self._writer is None:
            self._parts.append(f"{text}\n")
        else:
            self._writer.heading(level, text)

    def _paragraph(self) -> None:
        """Write the lines so far as one paragraph."""
        if self._writer is None:
            self._parts.append("\n")
            return
        text = _tidy("".join(self._parts))
        self._parts = []
        for line in text.strip().split("\n"):
            if line.strip(" |"):
                self._writer.line(line.strip())
        self._writer.blank()

    def _raw(self, source: str) -> None:
        assert self._writer is not None
        for line in textwrap.dedent(source).split("\n"):
            if line.strip():
                self._writer.line(line.rstrip())
        self._writer.blank()


def _tidy(text: str) -> str:
    """Spaces and line ends in order."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"(\S)  +", r"\1 ", text)
    return re.sub(r"\n{2,}", "\n", text)
