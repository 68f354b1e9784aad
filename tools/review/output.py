"""Findings as text for people, as JSON, and as SARIF 2.1.0 for code hosts."""

import json
from collections.abc import Iterable
from typing import Any

from tools.review.finding import Finding, Severity
from tools.review.rules import BY_ID, RULES

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(findings: Iterable[Finding], source: str, name: str = "<code>", explain: bool = True) -> str:
    """Each finding with its place, source line, caret, reason and help."""
    lines = source.splitlines()
    return "\n\n".join(_one(finding, lines, name, explain) for finding in findings)


def _one(finding: Finding, lines: list[str], name: str, explain: bool) -> str:
    text = lines[finding.line - 1].replace("\t", " ") if 0 < finding.line <= len(lines) else ""
    gutter = " " * len(str(finding.line))
    same_line = finding.end_line in (None, finding.line) and finding.end_column is not None
    stop = finding.end_column if same_line and finding.end_column else len(text) + 1
    marks = "^" * max(1, min(stop, len(text) + 1) - finding.column)
    out = [
        f"{name}:{finding.line}:{finding.column}: {finding.rule} {finding.severity.value}: {finding.message}",
        f"{gutter} |",
        f"{finding.line} | {text}",
        f"{gutter} | {' ' * (finding.column - 1)}{marks}",
    ]
    if explain and finding.rule in BY_ID:
        out.append(f"{gutter} = why: {BY_ID[finding.rule].why}")
    if finding.fixable:
        out.append(f"{gutter} = fix: `--fix` mends this")
    return "\n".join(out)


def summary(findings: list[Finding]) -> str:
    """One line that counts the findings of all files."""
    if not findings:
        return "No findings."
    counts = [f"{n} {s.value}{'s' if n > 1 else ''}" for s in Severity if (n := sum(f.severity is s for f in findings))]
    fixable = sum(finding.fixable for finding in findings)
    tail = f"; {fixable} can be mended with --fix" if fixable else ""
    return f"Found {', '.join(counts)}{tail}."


def to_json(findings: Iterable[Finding], name: str = "<code>") -> str:
    """A JSON list, one object a finding, with the file's name and the rule's reason."""
    return json.dumps(
        [{"file": name, **finding.model_dump(mode="json"), "why": BY_ID[finding.rule].why} for finding in findings],
        indent=2,
    )


def to_sarif(findings: Iterable[Finding], name: str = "<code>") -> str:
    """A SARIF 2.1.0 log with one run, every rule described."""
    return sarif_log([(name, list(findings))])


def sarif_log(files: list[tuple[str, list[Finding]]]) -> str:
    """One SARIF log over several files."""
    rules = [
        {
            "id": rule.id,
            "name": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.why},
            "defaultConfiguration": {"level": LEVELS[rule.severity]},
        }
        for rule in RULES
    ]
    index = {rule.id: i for i, rule in enumerate(RULES)}
    results = [_result(finding, name, index) for name, findings in files for finding in findings]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "arxla", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2)


def _result(finding: Finding, name: str, index: dict[str, int]) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": finding.line, "startColumn": finding.column}
    if finding.end_line is not None and finding.end_column is not None:
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": name}, "region": region}}],
    }
