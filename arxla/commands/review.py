"""`arxla review`: the static reviewer on files, folders or standard input."""

import difflib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from runtime.errors import InputError
from runtime.search_space import SearchSpace
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.review.finding import Finding, Severity
from tools.review.fix import fix_code
from tools.review.output import render, sarif_log, summary, to_json
from tools.review.reference import explain as explained
from tools.review.reference import listing
from tools.review.rules import RULES

MARK = "\ufeff"
"""The byte order mark of some editors."""


@dataclass(frozen=True)
class _Source:
    """One text to review; `path` is None when it can't be written back."""

    name: str
    text: str
    path: Path | None = None
    space: SearchSpace | None = None
    constraints: tuple[str, ...] = ()
    encoding: str = "utf-8"


def review(
    files: Annotated[list[str] | None, typer.Argument(help="Files, folders, cached functions (.json), or - .")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend, in place.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Findings as SARIF 2.1.0.")] = False,
    target: Annotated[str, typer.Option(help="xla, cpu, cuda or neuron.")] = "xla",
    select: Annotated[str, typer.Option(help="Only these rules or families, e.g. XLA,SEC001.")] = "",
    ignore: Annotated[str, typer.Option(help="Not these rules or families.")] = "",
    explain: Annotated[str, typer.Option(help="Explain one rule and stop.")] = "",
    list_rules: Annotated[bool, typer.Option("--list", help="List the rules and stop.")] = False,
) -> None:
    """Find what would fail, cheat or crawl on the target, without running it. Exit 0 clean, 1 findings, 2 bad input."""
    if list_rules or explain:
        print(listing() if list_rules else explained(explain))
        return
    wanted = _chosen(select, ignore)
    also = frozenset(rule.id for rule in RULES if rule.optional and rule.id in _named(select))
    reviewed: list[tuple[str, list[Finding]]] = []
    talks = not (as_json or sarif or diff)
    for source in _sources(files or []):
        limits = list(source.constraints)
        fixed = fix_code(source.text, _target(target), source.space, limits, _only(fix or diff, wanted), also=also)
        if diff:
            sys.stdout.writelines(_difference(source, fixed.source))
        elif fix and fixed.source != source.text:
            _write(source, fixed.source)
        text = source.text if diff else fixed.source
        findings = [finding for finding in fixed.remaining if finding.rule in wanted]
        reviewed.append((source.name, findings))
        talks = talks and not (fix and source.path is None)
        if talks and fix and fixed.applied:
            print(f"{source.name}: mended {', '.join(fixed.applied)}")
        if talks and findings:
            print(render(findings, text, source.name), end="\n\n")
    if talks:
        print(summary([finding for _, findings in reviewed for finding in findings]))
    if sarif:
        print(sarif_log(reviewed))
    elif as_json:
        print(
            json.dumps([item for name, findings in reviewed for item in json.loads(to_json(findings, name))], indent=2)
        )
    if any(finding.severity is not Severity.NOTE for _, findings in reviewed for finding in findings):
        raise typer.Exit(1)


def _only(mending: bool, wanted: frozenset[str]) -> frozenset[str]:
    return wanted if mending else frozenset()


def _target(name: str) -> Target:
    match name:
        case "xla" | "cpu" | "cuda" | "neuron":
            return name
    raise InputError(f"The target {name!r} is unknown: choose xla, cpu, cuda or neuron.")


def _chosen(select: str, ignore: str) -> frozenset[str]:
    """The ids of the rules that `--select` and `--ignore` leave."""
    kept = _matching(select) if select else {rule.id for rule in RULES}
    return frozenset(kept - _matching(ignore))


def _named(names: str) -> set[str]:
    """Optional rules are asked by their whole id only."""
    return {part.strip().upper() for part in names.split(",")}


def _matching(names: str) -> set[str]:
    found: set[str] = set()
    for name in (part.strip().upper() for part in names.split(",") if part.strip()):
        ids = {rule.id for rule in RULES if rule.id.startswith(name)}
        if not ids:
            raise InputError(f"No rule is called {name}: `arxla review --list` shows them all.")
        found |= ids
    return found


def _sources(names: list[str]) -> list[_Source]:
    if not names:
        raise InputError("Name a file or folder to review, or - for standard input.")
    sources: list[_Source] = []
    for name in names:
        path = Path(name)
        if name == "-":
            sources.append(_Source("-", sys.stdin.read()))
        elif path.is_dir():
            inside = sorted(p for p in path.rglob("*.py") if not _hidden(p.relative_to(path)))
            if not inside:
                raise InputError(f"The folder {name} holds no Python file.")
            sources += [_file(p) for p in inside]
        elif path.suffix == ".json":
            sources.append(_cached(path))
        else:
            sources.append(_file(path))
    return sources


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _file(path: Path) -> _Source:
    """A file as it will be written back: with its byte order mark, if it has one."""
    text = _read(path)
    return _Source(str(path), text.removeprefix(MARK), path, encoding="utf-8-sig" if text.startswith(MARK) else "utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.") from error


def _cached(path: Path) -> _Source:
    try:
        function = TrainingFunction.model_validate_json(_read(path).removeprefix(MARK))
    except ValidationError as error:
        raise InputError(f"{path} is no training function: {error.errors()[0]['msg']}.") from error
    return _Source(str(path), function.training_code, None, function.bo_config, tuple(function.constraints))


def _write(source: _Source, text: str) -> None:
    if source.path is None:
        sys.stdout.write(text)
        return
    try:
        source.path.write_text(text, encoding=source.encoding, newline="")
    except OSError as error:
        raise InputError(f"{source.path} can't be written: {error.strerror}.") from error


def _difference(source: _Source, text: str) -> list[str]:
    before, after = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    return list(difflib.unified_diff(before, after, source.name, f"{source.name} (fixed)"))
