"""What LaTeX commands and environments mean for a reader of plain text."""

import functools
import unicodedata

from pylatexenc import latex2text, macrospec

SECTIONS = {"part": 2, "chapter": 2, "section": 2, "subsection": 3, "subsubsection": 4}
RUN_IN = {"paragraph", "subparagraph"}
TITLES = {"title", "icmltitle", "Title"}
HEADED = {*SECTIONS, *RUN_IN, *TITLES, "abstract", "caption", "subcaption"}
REFERENCES = {"ref", "eqref", "autoref", "cref", "Cref", "vref", "pageref", "nameref", "autoeqref", "subref"}
MATH = {
    "equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "alignat", "dmath",
    "subequations", "IEEEeqnarray", "aligned", "split", "array", "cases", "gathered",
}  # fmt: skip
VERBATIM = {"verbatim", "Verbatim", "lstlisting", "minted", "alltt"}
LEFT_OUT = {"comment", "tikzpicture", "pgfpicture", "picture", "axis", "filecontents", "forest", "CCSXML", "overpic"}
TABULAR = {"tabular": 1, "tabularx": 2, "tabulary": 2, "longtable": 1, "supertabular": 1, "tblr": 1, "NiceTabular": 1}
THEOREMS = {
    "theorem", "lemma", "proposition", "corollary", "definition", "remark", "proof", "assumption", "example", "claim",
    "conjecture", "observation", "fact", "problem", "property", "hypothesis",
}  # fmt: skip
WITH_ARGUMENTS = {
    "minipage": 1, "subfigure": 1, "subtable": 1, "wrapfigure": 2, "wraptable": 2, "multicols": 1, "adjustbox": 1,
    "list": 2, "thebibliography": 1, "spacing": 1, "floatrow": 0, "threeparttable": 0, "tcolorbox": 0, "mdframed": 0,
    "adjustwidth": 2, "turn": 1, "rotate": 1, "scope": 0, "varwidth": 1,
}  # fmt: skip
FLOATS = {"figure": "Figure", "wrapfigure": "Figure", "subfigure": "Figure", "table": "Table", "wraptable": "Table",
          "subtable": "Table", "sidewaystable": "Table", "algorithm": "Algorithm", "algorithm2e": "Algorithm",
          "listing": "Listing", "SCfigure": "Figure", "longtable": "Table"}  # fmt: skip
DROPPED = {
    # with so many arguments
    "label": 1, "vspace": 1, "hspace": 1, "includegraphics": 1, "includesvg": 1, "includepdf": 1, "usepackage": 1,
    "RequirePackage": 1, "documentclass": 1, "bibliographystyle": 1, "bibliography": 1, "addbibresource": 1,
    "setlength": 2, "addtolength": 2, "setcounter": 2, "addtocounter": 2, "newtheorem": 2, "pagestyle": 1,
    "thispagestyle": 1, "rule": 2, "cline": 1, "cmidrule": 1, "cdashline": 1, "hyphenation": 1, "graphicspath": 1,
    "newcolumntype": 2, "definecolor": 3, "color": 1, "pagenumbering": 1, "numberwithin": 2, "theoremstyle": 1,
    "captionsetup": 1, "phantom": 1, "vphantom": 1, "hphantom": 1, "rowcolor": 1, "cellcolor": 1, "columncolor": 1,
    "arrayrulecolor": 1, "specialrule": 3, "fontsize": 2, "stepcounter": 1, "refstepcounter": 1, "hypersetup": 1,
    "lstset": 1, "newenvironment": 3, "renewenvironment": 3, "newlength": 1, "newcounter": 1,
    "DeclareGraphicsExtensions": 1,
    "addcontentsline": 3, "markboth": 2, "markright": 1, "fancyhead": 1, "fancyfoot": 1, "renewcommand": 2,
    "newcommand": 2,
    "providecommand": 2, "settopmatter": 1, "setcopyright": 1, "acmConference": 3, "acmYear": 1, "acmDOI": 1,
    "acmISBN": 1,
    "acmPrice": 1, "ccsdesc": 1, "crefname": 3, "Crefname": 3, "thanks": 1, "usetikzlibrary": 1, "pgfplotsset": 1,
    "tikzset": 1, "vskip": 0, "nocite": 1, "sisetup": 1, "hspace*": 1, "vspace*": 1, "enlargethispage": 1,
    "linespread": 1,
    "setlist": 1, "raggedright": 0, "urlstyle": 1, "PassOptionsToPackage": 2, "tabcolsep": 0, "icmltitlerunning": 1,
    "runninghead": 1, "titlerunning": 1, "authorrunning": 1, "shorttitle": 1, "shortauthors": 1, "bibinfo": 1,
}  # fmt: skip
SWALLOWED = {
    # so many arguments before the one that is text
    "multirow": 2, "multicolumn": 2, "textcolor": 1, "href": 1, "scalebox": 1, "resizebox": 2, "rotatebox": 1,
    "parbox": 1, "raisebox": 1, "colorbox": 1, "fcolorbox": 2, "makecell": 0, "resizebox*": 2, "hyperref": 0,
    "bibfield": 1, "icmlauthor": 0, "foreignlanguage": 1, "MakeUppercase": 0,
}  # fmt: skip
STEPS = {
    # commands of algorithms: what begins the line
    "State": "", "Statex": "", "STATE": "", "For": "for", "ForAll": "for all", "ForEach": "for each", "While": "while",
    "If": "if", "ElsIf": "else if", "Else": "else", "ElseIf": "else if", "Require": "Require:", "Ensure": "Ensure:",
    "FOR": "for", "FORALL": "for all", "WHILE": "while", "IF": "if", "ELSIF": "else if", "ELSE": "else",
    "REQUIRE": "Require:", "ENSURE": "Ensure:", "RETURN": "return", "Repeat": "repeat", "REPEAT": "repeat",
    "Until": "until", "UNTIL": "until", "EndFor": "end for", "EndWhile": "end while", "EndIf": "end if",
    "ENDFOR": "end for", "ENDWHILE": "end while", "ENDIF": "end if", "Function": "function",
    "EndFunction": "end function",
    "Procedure": "procedure", "EndProcedure": "end procedure", "KwIn": "Input:", "KwOut": "Output:", "KwData": "Data:",
    "KwResult": "Result:", "KwRet": "return", "Input": "Input:", "Output": "Output:", "INPUT": "Input:",
    "OUTPUT": "Output:", "eIf": "if", "uIf": "if", "uElse": "else", "lIf": "if", "lFor": "for", "Loop": "loop",
    "EndLoop": "end loop",
}  # fmt: skip
PUNCTUATION = {
    "%": "%", "&": "&", "#": "#", "_": "_", "$": "$", "{": "{", "}": "}", " ": " ", "\n": " ", ",": " ", ";": " ",
    ":": " ", "!": "", "-": "", "/": "", "@": "", ">": " ",
}  # fmt: skip
WORDS = {
    "ldots": "...", "dots": "...", "textellipsis": "...", "cdots": "...", "quad": " ", "qquad": " ", "enspace": " ",
    "LaTeX": "LaTeX", "TeX": "TeX", "and": ", ", "And": ", ", "AND": ", ", "par": "\n\n", "newline": "\n",
    "linebreak": "\n", "textbackslash": "\\", "slash": "/", "newpage": "\n\n", "clearpage": "\n\n", "maketitle": "\n\n",
    "xspace": "", "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "textasciitilde": "~", "hfill": " ", "break": "\n",
    "S": "§",
    "P": "¶", "copyright": "©", "textregistered": "®", "pounds": "£", "texttrademark": "™",
}  # fmt: skip
ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "b": "\u0331",
    "d": "\u0323",
}  # fmt: skip


def accent(mark: str, base: str) -> str:
    """A letter with the accent that a command names."""
    letter = {"\\i": "i", "\\j": "j"}.get(base, base)
    return unicodedata.normalize("NFC", letter[:1] + ACCENTS[mark] + letter[1:]) if letter else ""


def symbol(name: str) -> str | None:
    """The character that a command without arguments stands for, by pylatexenc's table; None when it is none."""
    meaning = _symbols().get_macro_spec(name)
    text = getattr(meaning, "simplify_repl", None)
    return text if isinstance(text, str) and "%" not in text and text else None


@functools.cache
def _symbols() -> macrospec.LatexContextDb:
    return latex2text.get_default_latex_context_db()
