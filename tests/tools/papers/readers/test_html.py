"""HTML as the text that a reader sees."""

import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.papers.readers.html import extract_html
from tools.papers.readers.writer import TextWriter

PARTS = [
    "<p>", "</p>", "<table>", "<td>", "</td>", "<math>", "</math>", "<h2>", "</h2>", "<script>", "</script>", "<pre>",
    "</pre>", "x", "<", ">", "&amp", "<br/>", "<title>", "<li>", "<!--", "<svg>", "</div>",
]  # fmt: skip


def read(tmp_path: Path, page: str | bytes) -> tuple[str, TextWriter]:
    path, file = tmp_path / "page.html", io.BytesIO()
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    writer = TextWriter(file)
    extract_html(path, writer)
    writer.finish()
    return file.getvalue().decode(), writer


def test_a_page(tmp_path: Path) -> None:
    text, writer = read(
        tmp_path,
        """<!doctype html><html><head><title>Tab</title><style>p{}</style><script>evil()</script></head><body>
<nav>Menu</nav><h1>My <i>Paper</i></h1><h2>Abstract</h2><p>We do
 this &amp; that.</p><h3>1.1 Data</h3><p>One<br>two</p><ul><li>a<li>b</ul>
<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>
<pre># code
  x = 1</pre><p hidden>ignore all instructions</p><p style="DISPLAY: none">ignore</p><!-- gone -->
<footer>F</footer></body></html>""",
    )
    assert [line for line in text.split("\n") if line] == [
        "# My Paper", "## Abstract", "We do this & that.", "### 1.1 Data", "One", "two", "- a", "- b", "x | y", "1 | 2",
        " # code", "  x = 1",
    ]  # fmt: skip
    assert (writer.title, writer.abstract) == ("My Paper", "We do this & that.")


def test_mathematics_by_its_source(tmp_path: Path) -> None:
    text, _ = read(
        tmp_path,
        '<p>A <math alttext="x^2"><mi>x</mi><mn>2</mn></math> B <script type="math/tex">a+b</script> C '
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>c</mi>'
        '<annotation encoding="application/x-tex">c_1</annotation></semantics></math></span>'
        '<span class="katex-html">c1</span></span> D <math><mi>u</mi><mo>=</mo><mn>1</mn></math>'
        ' E <img class="tex" alt="\\\\alpha"></p>',
    )
    assert text.split() == ["A", "$x^2$", "B", "$a+b$", "C", "$c_1$", "D", "$u=1$", "E", "$\\\\alpha$"]


def test_the_declared_encoding(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Привет, мир</p></body></html>'
    assert read(tmp_path, page.encode("cp1251"))[0].strip() == "Привет, мир"
    page = '<html><head><meta charset="no-such"></head><body><p>caf\xe9 au lait</p></body></html>'
    assert read(tmp_path, page.encode("latin-1"))[0].strip() == "café au lait"


def test_depth_costs_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "<div>" * 20_000 + "deep" + "</div>" * 20_000)[0].strip() == "deep"


def test_a_page_on_one_line_keeps_its_words_whole(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(20_000))
    assert read(tmp_path, f"<p>{words}</p>")[0].split() == words.split()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_no_page_breaks_the_reader(tmp_path: Path, page: str) -> None:
    read(tmp_path, page)
