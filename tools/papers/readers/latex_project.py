"""The files of a LaTeX paper as one source: the main file found, `\\input` and `\\include` put in place, comments gone.

Nothing outside the main file's folder is read, whatever the source or a link says.
"""

import os
import re
from pathlib import Path

from runtime.errors import InputError
from tools.papers.readers.decoding import detect_encoding
from tools.papers.readers.writer import TextWriter

MOST_ENTRIES = 20_000
DEEPEST_FOLDER = 12
DEEPEST_INPUT = 20
MOST_INPUTS = 2000
LONGEST_SOURCE = 64 << 20
"""Characters, all files together."""
USUAL_NAMES = ("main", "paper", "article", "ms", "manuscript", "root", "arxiv", "template")
_INPUT = re.compile(
    r"\\(?P<command>input|include|subfile|subfileinclude)\b\s*(?:\{(?P<braced>[^{}\n]{1,300})\}|(?P<bare>[^\s{}\\]{1,300}))"
    r"|\\(?P<import>(?:sub)?import)\*?\s*\{(?P<folder>[^{}\n]{0,300})\}\s*\{(?P<file>[^{}\n]{1,300})\}"
)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(\n[ \t]*)?")
_VERBATIM = re.compile(
    r"\\begin\{(?P<name>(?:verbatim|Verbatim|lstlisting|minted|alltt)\*?)\}|\\verb\*?(?P<mark>[^\w\s*])[^\n]{0,500}?(?P=mark)"
)


def find_main(folder: Path) -> Path:
    """The file with `\\documentclass`; the usual name, or the shortest path, when several have it and one is in front.

    Raises `InputError` for a folder without LaTeX, or with several papers.
    """
    sources = _tex_files(folder)
    if not sources:
        raise InputError(f"{folder} holds no .tex file: give a paper's file, or a folder of LaTeX.")
    mains = [path for path in sources if _mentions(path, b"\\documentclass")]
    if not mains:
        mains = [path for path in sources if _mentions(path, b"\\begin{document}")] or sources
    if len(mains) > 1:
        names = (*USUAL_NAMES, folder.resolve().name.lower())
        named = [path for path in mains if path.stem.lower() in names]
        shallowest = min(len(path.parts) for path in named or mains)
        mains = [path for path in named or mains if len(path.parts) == shallowest]
    if len(mains) > 1:
        shown = ", ".join(sorted(str(path.relative_to(folder)) for path in mains)[:5])
        raise InputError(f"{folder} holds several LaTeX papers ({shown}): give the main file itself.")
    return mains[0]


def _tex_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    seen = 0
    for base, folders, files in os.walk(folder, followlinks=False):
        if len(Path(base).relative_to(folder).parts) >= DEEPEST_FOLDER:
            folders.clear()
        folders.sort()
        seen += len(files) + len(folders)
        if seen > MOST_ENTRIES:
            raise InputError(f"{folder} holds more than {MOST_ENTRIES} files: give the paper's own folder.")
        paths = (Path(base, name) for name in sorted(files) if name.lower().endswith((".tex", ".ltx", ".latex")))
        found += [path for path in paths if path.is_file() and path.resolve().is_relative_to(folder.resolve())]
    return found


def _mentions(path: Path, words: bytes) -> bool:
    with path.open("rb") as file:
        return any(words in line.partition(b"%")[0] for line in file.read(1 << 18).splitlines())


def read_project(main: Path, writer: TextWriter) -> str:
    """The whole source; what is missing, circular or outside the folder is left out and named in a warning."""
    reader = _Reader(main.resolve().parent, writer)
    return reader.read(main.resolve(), ())


class _Reader:
    def __init__(self, root: Path, writer: TextWriter) -> None:
        self._root = root
        self._writer = writer
        self._inputs = 0
        self._length = 0

    def read(self, path: Path, parents: tuple[Path, ...]) -> str:
        encoding = detect_encoding(path)
        text = path.read_text(encoding=encoding, errors="replace").removeprefix("\ufeff")
        if encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            self._writer.warn(f"{path.name} is not UTF-8; it was read as {encoding}")
        self._length += len(text)
        if self._length > LONGEST_SOURCE:
            raise InputError(f"{self._root.name} holds more than {LONGEST_SOURCE >> 20} M characters of LaTeX.")
        parents = (*parents, path)
        pieces: list[str] = []
        for kept, source in _split_verbatim(text):
            pieces.append(kept)
            source = _COMMENT.sub(r"\1", source)
            place = 0
            for match in _INPUT.finditer(source):
                pieces += [source[place : match.start()], self._included(match, parents)]
                place = match.end()
            pieces.append(source[place:])
        return "".join(pieces)

    def _included(self, match: re.Match[str], parents: tuple[Path, ...]) -> str:
        name = (match["braced"] or match["bare"] or "").strip().strip('"')
        base = parents[-1].parent if match["import"] == "subimport" else self._root
        if match["import"]:
            name = (
                f"{match['folder'].strip()}/{match['file'].strip()}"
                if match["folder"].strip()
                else match["file"].strip()
            )
        if "#" in name or "\\" in name:
            return ""
        self._inputs += 1
        path = self._resolve(name, base)
        if path is None:
            return ""
        if path in parents or len(parents) > DEEPEST_INPUT or self._inputs > MOST_INPUTS:
            self._writer.warn(f"{match[0]} goes in a circle or too deep and was left out")
            return ""
        return self.read(path, parents)

    def _resolve(self, name: str, base: Path) -> Path | None:
        """The file of that name inside the folder; a warning and None where there is none."""
        if name.startswith(("/", "~", "|")) or ".." in Path(name).parts or "\0" in name:
            self._writer.warn(f"\\input{{{name}}} points outside the paper's folder and was left out")
            return None
        for candidate in (base / f"{name}.tex", base / name):
            if candidate.is_file():
                real = candidate.resolve()
                if real.is_relative_to(self._root):
                    return real
                self._writer.warn(f"\\input{{{name}}} is a link to outside the paper's folder and was left out")
                return None
        self._writer.warn(f"\\input{{{name}}} was left out: there is no such file")
        return None


def _split_verbatim(text: str) -> list[tuple[str, str]]:
    """Pairs of a verbatim part, kept as it is, and the source behind it."""
    pairs: list[tuple[str, str]] = []
    kept, place = "", 0
    while match := _VERBATIM.search(text, place):
        end = match.end()
        if match["name"]:
            closing = f"\\end{{{match['name']}}}"
            close = text.find(closing, end)
            end = close + len(closing) if close >= 0 else len(text)
        pairs.append((kept, text[place : match.start()]))
        kept, place = text[match.start() : end], end
    return [*pairs, (kept, text[place:])]
