"""LaTeX as text, from one file or a folder, and never from outside it."""

import io
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.errors import InputError
from tools.papers.readers.latex import extract_latex
from tools.papers.readers.latex_project import find_main
from tools.papers.readers.writer import TextWriter

PARTS = [
    "\\section{", "}", "{", "$", "$$", "\\[", "\\]", "\\begin{table}", "\\end{table}", "\\begin{equation}", "\\item[",
    "]", "\\caption{", "\\footnote{", "\\verb|", "\\", "%", "\n\n", " word ", "\\cite{a}", "\\def\\a{", "\\a", "\\'",
    "\\begin{", "\\begin{verbatim}", "&", "\\\\", "\\begin{tabular}{l}", "\\end{tabular}", "\\input{", "\\b",
    "\\newcommand{\\b}[1]{#1#2}",
]  # fmt: skip


def read(tmp_path: Path, source: str, **others: str) -> tuple[str, TextWriter]:
    path, file = tmp_path / "main.tex", io.BytesIO()
    path.write_text(source)
    for name, text in others.items():
        (tmp_path / f"{name}.tex").write_text(text)
    writer = TextWriter(file)
    extract_latex(path, writer)
    writer.finish()
    return file.getvalue().decode(), writer


def test_a_paper(tmp_path: Path) -> None:
    text, writer = read(
        tmp_path,
        r"""\documentclass{article}
\newcommand{\vect}[1]{\mathbf{#1}} \def\R{\mathbb{R}} \newcommand{\our}{OurNet\xspace} % a comment
\title{A \emph{Very} Good\\Title}
\author{Ada \and Alan\thanks{Money}}
\begin{document}\maketitle
\begin{abstract}We say \textbf{it} in short.\end{abstract}
\section{Me\-thod}\label{sec:m}
Let $\vect{x}\in\R^n$, 50\% of ``it''~\citep[see][p.~3]{key1, key2}.\footnote{A \emph{note}.} % gone
\our{} beats G\"odel, Erd\H{o}s and fran\c{c}ais --- see \url{http://a.b/c_d}.
\begin{equation}\label{eq:one}
  \vect{y} = W \vect{x}
\end{equation}
\subsection*{Data}
\begin{itemize}\item one \item[b)] two\end{itemize}
\begin{table}\caption{Sizes of \our}\begin{tabular}{l|c}\toprule
Name & \multicolumn{2}{c}{Size} \\ \midrule
a
 & $1$ \\[2pt] \bottomrule\end{tabular}\end{table}
\begin{algorithmic}\State $x \gets 0$ \For{$i$} \State go \EndFor\end{algorithmic}
\begin{verbatim}
# code % not a comment
\end{verbatim}
\iffalse hidden \fi
\begin{thebibliography}{9}\bibitem{key1} Someone. A title. 2019.\end{thebibliography}
\end{document} after""",
    )
    lines = [line for line in text.split("\n") if line]
    assert lines == [
        "# A Very Good Title", "## Abstract", "We say it in short.", "## Method",
        "Let $\\mathbf{x}\\in\\mathbb{R}^n$, 50% of “it” [key1, key2, see, p. 3]. (footnote: A note.) "
        "OurNet beats Gödel, Erdős and français — see http://a.b/c_d.",
        "\\begin{equation}\\label{eq:one}", "  \\mathbf{y} = W \\mathbf{x}", "\\end{equation}",
        "### Data", "- one", "- b) two", "Table: Sizes of OurNet", "Name | Size", "a | $1$",
        "$x \\gets 0$", "for $i$", "go", "end for", "```", " # code % not a comment", "```",
        "## References", "[key1] Someone. A title. 2019.",
    ]  # fmt: skip
    assert (writer.title, writer.abstract, writer.warnings) == ("A Very Good Title", "We say it in short.", [])


def test_inputs_come_in_place(tmp_path: Path) -> None:
    text, writer = read(
        tmp_path, "Before.\n\n\\input{part}\n\n% \\input{gone}\nAfter.", part="Within \\input{deep.tex}", deep="it."
    )
    assert text.split() == ["Before.", "Within", "it.", "After."]
    assert writer.warnings == []


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/../../secret", "link", "~/secret", "folder/secret"])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.tex").write_text("SECRET")
    home = tmp_path / "paper"
    home.mkdir()
    (home / "link.tex").symlink_to(tmp_path / "secret.tex")
    (home / "folder").symlink_to(tmp_path)
    text, writer = read(home, f"Fine. \\input{{{name}}} \\include{{{name}}}")
    assert "SECRET" not in text
    assert "root:" not in text
    assert "outside the paper's folder" in writer.warnings[0]
    assert name in writer.warnings[0]


def test_circles_and_missing_files_are_named(tmp_path: Path) -> None:
    _, writer = read(tmp_path, "Fine. \\input{a} \\input{gone}", a="\\input{b}", b="\\input{a}")
    assert any("circle" in warning for warning in writer.warnings)
    assert any("gone" in warning and "no such file" in warning for warning in writer.warnings)


def test_macros_that_grow_without_end_are_left(tmp_path: Path) -> None:
    names = "abcdefghijklmnop"
    bombs = "".join(f"\\def\\x{new}{{" + f"\\x{old}" * 10 + "}" for old, new in itertools.pairwise(names))
    text, writer = read(tmp_path, f"\\def\\xa{{ha}}{bombs} Hello \\xp \\loop\\def\\loop{{\\loop}}")
    assert "Hello" in text
    assert len(text) < 2_000_000
    assert "grow without end" in writer.warnings[0]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_no_source_breaks_the_reader(tmp_path: Path, source: str) -> None:
    read(tmp_path, source)


def test_the_main_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    for name in ("sections/a.tex", "paper.tex", "supplement.tex"):
        (tmp_path / name).write_text("\\documentclass{article}" if "/" not in name else "text")
    assert find_main(tmp_path) == tmp_path / "paper.tex"
    (tmp_path / "paper.tex").unlink()
    assert find_main(tmp_path) == tmp_path / "supplement.tex"
    (tmp_path / "other.tex").write_text("% \\documentclass{article}\n\\documentclass{article}")
    with pytest.raises(InputError, match=r"several LaTeX papers \(other.tex, supplement.tex\)"):
        find_main(tmp_path)


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to(tmp_path)
    (tmp_path / "only.tex").write_text("text")
    assert find_main(tmp_path) == tmp_path / "only.tex"
