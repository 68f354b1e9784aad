"""Templates, Markdown and a parser of its own."""

# traced: jinja2,markdown,pyparsing

import jinja2
import jinja2.sandbox
import markdown
import pyparsing as pp

PAGE = """
{% extends "base" %}{% block body %}{% set total = namespace(sum=0) %}
{% macro row(item, index=0) -%}<li class="{{ loop_class|default('row') }}">{{ item.name|upper|e }}
{%- if item.price is number and item.price > 2.5 %} {{ "%.2f"|format(item.price) }}{% else %} {{ item.price }}{% endif %}
{{ caller() if caller }}</li>{%- endmacro %}
{% for item in items|sort(attribute="name") if item.price recursive %}{{ row(item, loop.index0) }}
{% set total.sum = total.sum + item.price %}{% else %}none{% endfor %}
{% for group in items|groupby("kind") %}{{ group.grouper }}: {{ group.list|map(attribute="name")|join(", ") }}{% endfor %}
{{ total.sum|round(1) }} {{ items|length }} {{ text|wordwrap(10)|indent(2)|truncate(30) }} {{ {"a": 1}|tojson }}
{{ [1, 2, 3, 4]|batch(2)|list }} {{ [3, 1]|sum }} {{ text|replace("a", "b")|title|trim }} {{ 10|filesizeformat }}
{% filter lower %}ABC{% endfilter %}{% raw %}{{ raw }}{% endraw %}{% call row(items[0]) %}x{% endcall %}
{% include "part" ignore missing %}{% import "part" as part %}{% with a = 1 %}{{ a + 2 * 3 - 4 // 2 }}{% endwith %}
{{ text|urlize }} {{ items|selectattr("price", "gt", 2)|list|length }} {{ 1 if text else 2 }} {{ text[1:3] ~ "x" }}
{% autoescape true %}{{ "<b>" }}{% endautoescape %}{{ dict(a=1).items()|list }} {{ range(3)|reverse|list }}{% endblock %}
"""
TEXT = """# Title {#top}
A *line* with **bold**, `code`, [a link](http://a.b "t"), ![image](x.png) and <http://auto.link>.

1. one
2. two
    * nested

> quote

    code block

term
:   definition

| a | b |
|---|:-:|
| 1 | 2 |

```python
print(1)
```
[^1]: A note. Text[^1] with HTML: <div>x</div> &amp; AT&T  
*[HTML]: Hyper Text

Setext
------
[ref]: http://x.y  'title'
[ref] and [TOC]
"""


def templates() -> str:
    files = {"base": "<ul>{% block body %}{% endblock %}{{ super }}</ul>", "part": "{% set x = 1 %}", "page": PAGE}
    for kind in (jinja2.Environment, jinja2.sandbox.SandboxedEnvironment):
        env = kind(loader=jinja2.DictLoader(files), extensions=["jinja2.ext.do", "jinja2.ext.i18n"], trim_blocks=True)
        items = [{"name": name, "price": price, "kind": "k"} for name, price in (("b", 3.0), ("a", 2), ("c", 5.25))]
        out = env.get_template("page").render(items=items, text="see http://a.b and more text " * 3)
        for wrong in ("{% if %}", "{{ a b }}", "{% for x in %}", "{{ x|nofilter }}", "{% block a %}"):
            try:
                env.from_string(wrong).render()
            except jinja2.TemplateError as fault:
                out += str(fault)
        env.compile_expression("a + b * 2 > 3 and not c or d in [1, 2]")(a=1, b=2, c=False, d=1)
    return out


def documents() -> str:
    names = ("extra", "toc", "codehilite", "admonition", "meta", "nl2br", "sane_lists", "smarty", "wikilinks", "abbr")
    maker = markdown.Markdown(extensions=list(names), output_format="html")
    return maker.convert(TEXT) + maker.reset().convert(TEXT * 2) + markdown.markdown(TEXT)


def grammars() -> list[object]:
    number = pp.pyparsing_common.number
    word = pp.Word(pp.alphas + "_", pp.alphanums)
    value = pp.Forward()
    value <<= number | pp.QuotedString('"') | pp.Group("[" + pp.Optional(pp.DelimitedList(value)) + "]") | word
    pair = pp.Group(word("key") + pp.Suppress("=") + value("value"))
    grammar = pp.OneOrMore(pair).ignore(pp.python_style_comment)
    sums = pp.infix_notation(
        number | word,
        [("-", 1, pp.OpAssoc.RIGHT), (pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT)],
    )
    found: list[object] = [grammar.parse_string('a=1 b=[1, 2.5, "x"] # c\n c=d').as_list()]
    found += [sums.parse_string(text, parse_all=True).dump() for text in ("1+2*3-4", "-(a+b)/2*c")]
    found += [pp.Regex(r"\d+").search_string("a1b22").as_list(), word.transform_string("ab 12")]
    found.append([(start, end) for _, start, end in (word + number).scan_string("a 1 b 2")])
    pp.ParserElement.enable_packrat()
    found.append((pp.ZeroOrMore(pp.Combine(word + "." + word)) + pp.StringEnd()).parse_string("a.b c.d").as_dict())
    nested = pp.nested_expr("(", ")").parse_string("(a (b c) d)").as_list()
    found.append(pp.SkipTo("x").parse_string("abcx")[0])
    for wrong in ("=1", "a=", "a=[1"):
        found.append(grammar.run_tests([wrong], print_results=False)[0])
    keyword = pp.Keyword("if") + pp.Each([pp.Literal("a"), pp.Literal("b")]) + ~pp.Literal("c")
    found.append(keyword.parse_string("if b a").as_list())
    return [*found, nested, pp.Dict(pp.OneOrMore(pair)).parse_string("k=1 l=2").as_dict()]


print(len(templates()), len(documents()), len(grammars()))
