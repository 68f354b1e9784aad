"""The reference of the rules, made from the rules: `make docs`."""

import textwrap

from runtime.errors import InputError
from tools.review.rule import ALL_TARGETS, Rule
from tools.review.rules import BY_ID, RULES

FAMILIES = {
    "XLA": "Device and graph",
    "CUD": "CUDA-only code",
    "TRN": "Training contract and loop",
    "NUM": "Numerics",
    "CST": "Constraints between hyperparameters",
    "SEC": "Hostile or escaping code",
    "IMP": "Imports and names",
    "SYN": "Text",
}
HEADER = """# Rules of the static reviewer

Generated from the rules by `make docs`; don't edit.

`arxla review FILE` applies them, `--fix` mends those marked *mended*, `--explain RULE` shows one. A finding is
silenced by a comment on its line: `# arxla: ignore[XLA010]`, a family `# arxla: ignore[XLA]`,
or everything `# arxla: ignore`.
"""


def reference() -> str:
    """The whole reference as Markdown."""
    parts = [HEADER]
    for family, title in FAMILIES.items():
        parts.append(f"## {family}: {title}\n")
        parts += [_section(rule) for rule in RULES if rule.id.startswith(family)]
    return "\n".join(parts)


def _section(rule: Rule) -> str:
    lines = [f"### {rule.id}: {rule.title}\n", f"{_facts(rule)}. {rule.why}\n"]
    if rule.example.slot == "module":
        return "\n".join(lines)
    lines += [f"Wrong:\n\n```python\n{rule.example.bad.strip()}\n```\n"]
    lines += [f"Right:\n\n```python\n{rule.example.good.strip()}\n```\n"]
    return "\n".join(lines)


def _facts(rule: Rule) -> str:
    targets = "every target" if rule.targets == ALL_TARGETS else ", ".join(sorted(rule.targets))
    return (
        f"*{rule.severity.value}*, {targets}"
        + (", *mended by `--fix`*" if rule.fixable else "")
        + (", *only when selected*" if rule.optional else "")
    )


def explain(name: str) -> str:
    """One rule for a terminal. Raises InputError for an unknown id."""
    rule = BY_ID.get(name.strip().upper())
    if rule is None:
        raise InputError(f"No rule is called {name}: `arxla review --list` shows them all.")
    bad, good = (textwrap.indent(code.strip(), "    ") for code in (rule.example.bad, rule.example.good))
    head = f"{rule.id}: {rule.title} ({_facts(rule).replace('*', '')})\n\n{rule.why}"
    return f"{head}\n\nWrong:\n\n{bad}\n\nRight:\n\n{good}"


def listing() -> str:
    """One line a rule."""
    return "\n".join(
        f"{rule.id}  {rule.severity.value:7}  {'fix' if rule.fixable else '   '}  {rule.title}" for rule in RULES
    )
