"""A brief as Markdown, for people; a paper's words in it are text, never markup."""

import re
from collections.abc import Iterator

from tools.papers.brief import PaperBrief

_BRACKET = re.compile(r"(\\*)([\[\]`])")
"""What links, pictures and code begin and end with, and the backslashes that would undo its escape."""
_BLOCK = re.compile(r"^(?=[#>~=+|-])")


def as_markdown(brief: PaperBrief) -> str:
    """Everything that the brief holds, one section a kind; what is empty is left out."""
    lines = [f"# {_line(brief.title)}", ""]
    facts = {"Paper": brief.paper_id, "Task": brief.task, "Domain": brief.domain, "Written by": brief.generated_by}
    facts["Coverage"] = f"{brief.coverage:.0%} of the cleaned text"
    lines += [f"- {name}: {_line(text)}" for name, text in facts.items() if text]
    for name, items in _sections(brief):
        if items:
            lines += ["", f"## {name}", "", *items]
    return "\n".join(lines) + "\n"


def _sections(brief: PaperBrief) -> Iterator[tuple[str, list[str]]]:
    yield "Method", _paragraphs(brief.method)
    yield "Architecture", [f"- **{_line(row.component)}**: {_line(row.details)}" for row in brief.architecture]
    yield "Algorithm", [f"{number}. {_line(step)}" for number, step in enumerate(brief.algorithm, 1)]
    yield "Equations", [f"- {_line(equation)}" for equation in brief.equations]
    yield (
        "Hyperparameters",
        [
            f"- {_line(one.name)} = {_line(one.value)}{_source(one.chunk, one.quotation)}"
            for one in brief.hyperparameters
        ],
    )
    yield "Training", _paragraphs(brief.training_recipe)
    yield "Datasets", [f"- {_line(name)}" for name in brief.datasets]
    yield "Evaluation", _paragraphs(brief.evaluation)
    yield (
        "The code must",
        [f"- **{one.id}** ({one.kind}) {_line(one.text)}{_source(one.chunk, one.quotation)}" for one in brief.criteria],
    )
    yield "Warnings", [f"- {_line(text)}" for text in brief.warnings]


def _paragraphs(text: str) -> list[str]:
    return [_line(line) for line in text.splitlines() if line.strip()]


def _line(text: str) -> str:
    """One line in which no HTML, link, picture or code begins, and which is no heading, rule, table or quote."""
    plain = _BRACKET.sub(lambda found: 2 * found[1] + "\\" + found[2], " ".join(text.split()).replace("<", "&lt;"))
    return _BLOCK.sub(r"\\", plain)


def _source(chunk: int, quotation: str) -> str:
    return f" (chunk {chunk}: “{_line(quotation)}”)" if quotation else ""
