"""Highlighting, tables, markup, YAML, TOML and XML."""

# traced: pygments,rich,yaml,markdown_it,mako,babel,xmltodict,toml,wcwidth,idna,bs4,pylatexenc,tqdm,colorlog

import datetime
import io
import xml.parsers.expat

import babel.core
import babel.dates
import babel.numbers
import idna
import mako.template
import markdown_it
import pygments
import pygments.formatters
import pygments.lexers
import rich.columns
import rich.console
import rich.json
import rich.markdown
import rich.panel
import rich.progress
import rich.syntax
import rich.table
import rich.tree
import toml
import tqdm
import wcwidth
import xmltodict
import yaml
from pylatexenc import latex2text, latexencode, latexwalker

SOURCES = {
    "python": "def f(x: int = 1) -> str:\n    '''doc'''\n    return f'{x!r:>5}' + \"a\" # c\n\n@deco\nclass A(B): pass\n",
    "c": "#include <a.h>\nint main(void) { return 0x1f; /* c */ }\n",
    "html": "<html><body class='a'>&amp;<script>var a = 1;</script></body></html>",
    "json": '{"a": [1, 2.5, null, true]}',
    "bash": 'for i in $(ls); do echo "$i" | grep -v x; done\n',
    "javascript": "const a = (b) => `x${b}`; /* c */ class Q extends R {}\n",
    "sql": "SELECT a, count(*) FROM t WHERE b = 'x' GROUP BY a;",
    "yaml": "a: 1\nb:\n  - c: &x d\n    e: *x\n",
    "css": "a:hover { color: #fff; margin: 0 1px }",
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n",
    "rst": "Title\n=====\n\n.. note:: x\n\n* a\n* ``b``\n",
    "ini": "[a]\nb = c\n",
    "rust": 'fn main() { let x: u32 = 5; println!("{}", x); }',
}
MARKUP = "# T\n\nA *b* **c** `d` [e](f) ![g](h)\n\n- i\n- j\n  1. k\n\n> l\n\n```py\nm = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n***\n<b>n</b>\n"


def highlighted() -> int:
    found = 0
    for name, text in SOURCES.items():
        lexer = pygments.lexers.get_lexer_by_name(name, stripnl=False, tabsize=4)
        for kind in ("html", "terminal256", "latex", "svg", "rtf", "raw", "irc", "bbcode"):
            formatter = pygments.formatters.get_formatter_by_name(kind)
            found += len(pygments.highlight(text, lexer, formatter))
        pygments.lexers.guess_lexer(text)
    full = pygments.formatters.HtmlFormatter(full=True, linenos="table", hl_lines=[1], cssclass="x", style="monokai")
    return (
        found
        + len(pygments.highlight(SOURCES["python"], pygments.lexers.PythonLexer(), full))
        + len(full.get_style_defs(".x"))
    )


def shown() -> int:
    console = rich.console.Console(
        file=io.StringIO(), width=70, force_terminal=True, color_system="truecolor", record=True
    )
    table = rich.table.Table(title="T", show_lines=True, expand=True)
    table.add_column("a", justify="right", style="cyan", no_wrap=True)
    table.add_column("b", ratio=2)
    for i in range(4):
        table.add_row(str(i), "[bold red]text[/] " * i)
    tree = rich.tree.Tree("root")
    tree.add("leaf").add("[green]more")
    console.print(table, tree, rich.panel.Panel("p", title="t", subtitle="s"), rich.markdown.Markdown(MARKUP))
    console.print(
        rich.syntax.Syntax(SOURCES["python"], "python", line_numbers=True), rich.json.JSON('{"a": [1, null]}')
    )
    console.print(
        {"a": [1, 2, {"b": (None, 1.5)}]}, [datetime.date(2024, 1, 1)], "http://x.y 12 :smile:", justify="center"
    )
    console.print(rich.columns.Columns(["one", "two", "three"] * 4, equal=True))
    console.rule("[b]rule")
    console.log("log", log_locals=True)
    for _ in rich.progress.track(range(5), console=console):
        pass
    try:
        int("x")
    except ValueError:
        console.print_exception(show_locals=True)
    list(tqdm.tqdm(range(20), file=io.StringIO(), desc="d", unit="u", unit_scale=True, postfix={"a": 1}))
    return len(console.export_html()) + len(console.export_svg(title="s"))


def written() -> int:
    data = {
        "a": [1, 2.5, None, True],
        "b": {"c": "text: with # signs", "d": "many\nlines\n"},
        "e": datetime.date(2024, 1, 1),
    }
    text = (
        yaml.safe_dump(data, default_flow_style=False, indent=2)
        + "f: &x {g: 0x1f, h: !!str 1}\ni: *x\nj: |\n  k\n  l\n"
    )
    found = len(yaml.safe_load(text)) + sum(len(list(part(text))) for part in (yaml.scan, yaml.parse))
    found += len(yaml.dump([data, (1, 2), {1, 2}], Dumper=yaml.Dumper)) + len(
        list(yaml.safe_load_all("a\n---\nb\n...\n"))
    )
    found += len(
        toml.dumps(toml.loads('a = 1\nb = [1.5, 2.0]\n[c.d]\ne = "x"\nf = 2024-01-01T00:00:00Z\n[[g]]\nh = true\n'))
    )
    found += len(xmltodict.unparse(xmltodict.parse("<a b='1'><c>d</c><c/><e>f</e></a>"), pretty=True))
    try:
        xmltodict.parse("<a")
    except xml.parsers.expat.ExpatError:
        found += 1
    found += (
        wcwidth.wcswidth("コンニチハ abc")
        + len(idna.encode("ドメイン.テスト"))
        + len(idna.decode("xn--eckwd4c7c.xn--zckzah"))
    )
    return found


def made() -> int:
    locale = babel.core.Locale.parse("de_DE")
    now = datetime.datetime(2024, 2, 3, 4, 5, 6)
    found = [
        babel.dates.format_datetime(now, style, locale=locale) for style in ("full", "long", "short", "yyyy.MM.dd EEE")
    ]
    found += [
        babel.numbers.format_currency(1234.5, "EUR", locale="de"),
        babel.numbers.format_percent(0.25, locale="fr"),
    ]
    found += [
        babel.numbers.format_decimal(12345.678, locale="en"),
        str(babel.numbers.parse_decimal("1.234,5", locale="de")),
    ]
    found += [
        babel.dates.format_timedelta(datetime.timedelta(days=3), locale="it"),
        babel.numbers.format_scientific(1e5, locale="en"),
    ]
    template = mako.template.Template(
        "<%def name='f(x)'>${x | h}</%def>\n% for i in range(n):\n${f(i)} <% y = i * 2 %>\n% endfor\n## c\n"
    )
    found += [template.render(n=3), markdown_it.MarkdownIt("commonmark").enable("table").render(MARKUP * 2)]
    latex = r"\section{A} \emph{b} $x^2 + \frac{1}{2}$ \begin{itemize}\item c\end{itemize} \'e % z"
    found += [latex2text.LatexNodes2Text().latex_to_text(latex), latexencode.unicode_to_latex("é ß α & %")]
    found.append(str(latexwalker.LatexWalker(latex).get_latex_nodes()[0]))
    return len(found)


print(highlighted(), shown(), written(), made())
