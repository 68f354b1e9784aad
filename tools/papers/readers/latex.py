"""LaTeX as text: sections as headings, prose unwrapped, mathematics as its own source, tables as rows.

An own walker, because a paper's text has to survive what its packages are: an unknown command goes and its arguments
stay. pylatexenc (whose table of symbols is used here) drops or mangles tables, citations and display mathematics.
"""

import re
from pathlib import Path

from tools.papers.readers.latex_macros import expand_macros, group_end
from tools.papers.readers.latex_project import read_project
from tools.papers.readers.latex_walker import Walker
from tools.papers.readers.latex_words import TITLES
from tools.papers.readers.writer import TextWriter

_BEGIN = "\\begin{document}"
_END = "\\end{document}"
_SWITCHED_OFF = re.compile(r"\\iffalse\b.*?\\fi\b", re.DOTALL)
_TITLE = re.compile(rf"\\(?:{'|'.join(sorted(TITLES))})\s*(?:\[[^\[\]]*\])?\s*(?=\{{)")


def extract_latex(path: Path, writer: TextWriter) -> None:
    """Write the paper of a main file, or of a file without `\\begin{document}`, as text."""
    source = read_project(path, writer)
    source = expand_macros(_SWITCHED_OFF.sub("", source), writer)
    begin = source.find(_BEGIN)
    body = source
    if begin >= 0:
        end = source.find(_END, begin)
        body = source[begin + len(_BEGIN) : end if end >= 0 else len(source)]
    walker = Walker(writer)
    if title := _TITLE.search(source):
        walker.title(source[title.end() + 1 : group_end(source, title.end()) - 1])
    walker.walk(body)
    walker.finish()
