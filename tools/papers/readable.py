"""A brief as Markdown, for people."""

from tools.papers.brief import PaperBrief


def as_markdown(brief: PaperBrief) -> str:
    """Everything that the brief holds, one section a kind; what is empty is left out."""
    lines = [f"# {_line(brief.title)}", ""]
    facts = {"Paper": brief.paper_id, "Task": brief.task, "Domain": brief.domain, "Written by": brief.generated_by}
    facts["Coverage"] = f"{brief.coverage:.0%} of the cleaned text"
    lines += [f"- {name}: {_line(text)}" for name, text in facts.items() if text]
    texts = {"Method": brief.method, "Training": brief.training_recipe, "Evaluation": brief.evaluation}
    for name, text in texts.items():
        lines += ["", f"## {name}", "", text.strip()] if text.strip() else []
    settings = [
        f"{_line(part.name)} = {_line(part.value)}{_source(part.chunk, part.quotation)}"
        for part in brief.hyperparameters
    ]
    parts = [f"**{_line(row.component)}**: {_line(row.details)}" for row in brief.architecture]
    lists = {
        "Architecture": parts, "Algorithm": brief.algorithm, "Equations": brief.equations,
        "Hyperparameters": settings, "Datasets": brief.datasets,
    }  # fmt: skip
    for name, items in lists.items():
        numbered = name == "Algorithm"
        marks = [f"{number}." if numbered else "-" for number in range(1, len(items) + 1)]
        lines += ["", f"## {name}", "", *(f"{mark} {_line(item)}" for mark, item in zip(marks, items, strict=True))]
        lines = lines if items else lines[:-3]
    if brief.criteria:
        lines += ["", "## The code must", ""]
        lines += [f"- **{c.id}** ({c.kind}) {_line(c.text)}{_source(c.chunk, c.quotation)}" for c in brief.criteria]
    if brief.warnings:
        lines += ["", "## Warnings", "", *(f"- {_line(text)}" for text in brief.warnings)]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _source(chunk: int, quotation: str) -> str:
    return f" (chunk {chunk}: “{_line(quotation)}”)" if quotation else ""
