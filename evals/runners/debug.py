"""Debugging: a program with a seeded fault is run in the box and corrected, as the graph does it, until it works.

Every version is mended by the static rules first, as the review stage does, so that what is counted is the debugger's
own work. `repaired` means that the program was measured, fits, and still learns half of what its faultless twin does;
where no change of the code can help, a system issue with the right cause is what counts.
"""

import difflib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.contracts import Attempt, Correction, Debugger, DebugRequest
from agents.registry import check_models, make_agents
from evals.contracts import Case, CaseSkipped, Place, Runner
from evals.debugging.bench import Bench, Version, as_described
from evals.debugging.programs import Program, corpus, prepared
from graph.services import Services
from runtime.errors import BudgetExhausted, UnusableAnswer
from runtime.models.usage import Ledger
from runtime.task import Task
from runtime.training_function import TrainingFunction

LIMITS = ("debug_chances", "max_minutes", "max_tokens", "max_usd")
"""Fields of a task that a suite may set."""
CHANGES = ("bo_config", "training_code")


def cases() -> list[Case]:
    """A case a program, for `cases_from` of a suite."""
    return [
        Case(
            id=program.name,
            given={"program": program.name},
            expected={"kinds": list(program.expect), "cause": program.cause},
            tags=[program.category, program.part],
        )
        for program in corpus()
    ]


@contextmanager
def opened(place: Place) -> Iterator[Runner]:
    """One sandbox for all trials, and each dataset prepared once."""
    services = Services(place.settings, results=place.folder / "runs")
    kept = tempfile.TemporaryDirectory(prefix="arxla-debug-")
    lock = threading.Lock()
    programs = {program.name: program for program in corpus()}

    def run(case: Case, seed: int, model: str) -> dict[str, Any]:
        program = programs.get(case.given["program"])
        if program is None:
            raise CaseSkipped(f"There is no program {case.given['program']} in the debug corpus.")
        settings = place.settings_for(case, seed, model)
        task = settings.task(
            dataset=program.data, target=program.target, seed=seed, model=model, size_limit_kb=program.size_limit_kb,
            **{name: case.given[name] for name in LIMITS if name in case.given},
        )  # fmt: skip
        check_models(task, settings)
        with lock:
            data = prepared(program, Path(kept.name))
        scratch = Path(tempfile.mkdtemp(dir=kept.name, prefix="trial-"))
        ledger = Ledger(scratch / "usage.json")
        bench = Bench(program, data, services.sandbox(task), seed, place.cancel, scratch)
        deadline = time.monotonic() + 60 * task.max_minutes if task.max_minutes else None
        debugger = make_agents(task, settings, ledger, cancel=place.cancel, deadline=deadline).debugger
        try:
            return debug(bench, debugger, task) | {"usage": ledger.as_records()}
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    try:
        yield run
    finally:
        services.close()
        kept.cleanup()


def debug(bench: Bench, debugger: Debugger, task: Task) -> dict[str, Any]:
    """Correct the program until it works or the loop ends, as the stages execute and debug do; what came of it."""
    program = bench.program
    first = version = bench.run(program.function(bench.data))
    tried: list[Attempt] = []
    end = ""
    while not version.works and not end:
        if len(tried) >= task.debug_chances:
            end = f"{task.debug_chances} corrections did not cure it"
            break
        try:
            correction = debugger.correct(_request(version, task, tried))
        except (UnusableAnswer, BudgetExhausted) as fault:
            end = f"no correction: {fault}"
            break
        repeated = any(_same(correction, earlier.correction) for earlier in tried)
        tried.append(Attempt(correction=correction, failure=version.line))
        if correction.kind == "system_issue":
            end = "system issue"
        elif repeated:
            end = "the same correction twice"
        else:
            version = bench.run(_changed(version.function, correction))
            if refused := sorted(set(version.rules) - set(first.rules)):
                end = f"the reviewer refuses the corrected code: {', '.join(refused)}"
    return _told(program, first, version, tried, end)


def _request(version: Version, task: Task, tried: list[Attempt]) -> DebugRequest:
    return DebugRequest(
        function=version.function,
        hyperparameters=version.hyperparameters,
        failure=version.execution,
        target=task.target,
        size_limit_kb=task.size_limit_kb,
        xla_metrics=version.xla,
        tried=tried,
    )


def _changed(function: TrainingFunction, correction: Correction) -> TrainingFunction:
    changes = {name: value for name in CHANGES if (value := getattr(correction, name))}
    return function.model_copy(update=changes)


def _same(one: Correction, other: Correction) -> bool:
    return one.model_dump(exclude={"explanation"}) == other.model_dump(exclude={"explanation"})


def _told(program: Program, first: Version, last: Version, tried: list[Attempt], end: str) -> dict[str, Any]:
    curable = program.expect != ("system_issue",)
    learnt = curable and last.works and not end and last.learns(program)
    last_kind = tried[-1].correction.kind if tried else ""
    cause = tried[-1].correction.cause if tried else None
    if last.works and not end:
        end = "repaired" if learnt else "runs, and learns next to nothing"
    honest = last_kind == "system_issue" == program.expect[0] and cause is not None and cause.value == program.cause
    return {
        "category": program.category,
        "part": program.part,
        "failure": f"{first.stage}: {first.line}",
        "as_described": as_described(program, first),
        "reviewer": first.rules,
        "mended_by_rules": first.mended,
        "repaired": bool(tried) and (learnt or honest),
        "end": end,
        "kinds": [attempt.correction.kind for attempt in tried],
        "explanations": [attempt.correction.explanation for attempt in tried],
        "failures": [attempt.failure for attempt in tried],
        "left": last.line,
        "score": last.score,
        "learns_from": program.learns_from,
        "size_kb": last.size_kb,
        "kept": kept(first.function.training_code, last.function.training_code),
    }


def kept(before: str, after: str) -> float:
    """The share of a program's lines that a later version still has, in order."""
    one, other = ([line.strip() for line in text.splitlines() if line.strip()] for text in (before, after))
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(1, len(one))
