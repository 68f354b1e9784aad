"""Evaluations in the foreground: what was asked is checked before any work, Ctrl-C keeps what is done."""

import math
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from arxla.eval_view import EvaluationView, suites_table
from evals.comparison import Comparison, compare
from evals.contracts import Suite
from evals.folder import EvaluationFolder, Plan
from evals.harness import Interrupted, evaluate
from evals.page import write_page
from evals.scorers import less_is_better, scorers_of
from evals.suites import known_suites, load_suite
from evals.summary import ModelSummary, save_results, summarize
from runtime.errors import InputError
from runtime.models.check import check_model
from runtime.models.names import EXPERT
from runtime.settings import Settings, load_settings

INTERRUPTED = 130
PLAIN_WIDTH = 160
"""Of tables that go to a file."""


@dataclass(frozen=True)
class Wanted:
    """The options of `arxla eval`."""

    suites: list[str]
    models: list[str]
    seeds: str | None
    cases: list[str]
    max_concurrency: int
    compare: list[Path]
    fail_on_regression: bool
    fail_under: list[str]
    record: Path | None
    replay: Path | None
    upload: bool
    out: Path
    json: bool


def list_suites() -> None:
    """The suites that come with arxla, as a table."""
    Console().print(suites_table([load_suite(name) for name in known_suites()]))


def start(wanted: Wanted) -> int:
    """Evaluate every suite; the exit code. Raises `InputError` or `ModelUnavailable` (no key) before any work."""
    if not wanted.suites:
        raise InputError(f"Name a suite: {', '.join(known_suites())}, or a YAML file; --list says what they are.")
    suites = [_narrowed(load_suite(name), wanted) for name in dict.fromkeys(wanted.suites)]
    settings = _settings(wanted)
    models = list(dict.fromkeys(wanted.models)) or [settings.task(dataset="digits").model]
    if settings.arxla_replay and models == [EXPERT]:
        raise InputError("The expert asks no language model, so nothing is replayed: name the recorded --model.")
    if settings.arxla_record and models == [EXPERT]:
        raise InputError("The expert asks no language model, so there is nothing to record: name one with --model.")
    if not settings.arxla_replay:
        for name in models:
            if name != EXPERT:
                check_model(name, settings)
    plans = [_plan(suite, models, settings) for suite in suites]
    earlier = _earlier(wanted, plans)
    floors = _floors(wanted, plans)
    folders = [EvaluationFolder.create(wanted.out, plan) for plan in plans]
    return _run(folders, earlier, floors, settings, wanted)


def resume_evaluation(path: Path, wanted: Wanted) -> int:
    """Go on with one evaluation; trials that ended in errors are tried again."""
    if wanted.suites or wanted.models or wanted.seeds or wanted.cases or wanted.record or wanted.replay:
        raise InputError(
            "--resume goes on with what was asked then: it takes no suite, model, seeds, case or recording."
        )
    folder = EvaluationFolder.find(str(path))
    plan = folder.plan()
    settings = _settings(wanted).model_copy(
        update={
            "arxla_record": Path(plan.record) if plan.record else None,
            "arxla_replay": Path(plan.replay) if plan.replay else None,
        }
    )
    return _run([folder], _earlier(wanted, [plan]), _floors(wanted, [plan]), settings, wanted)


def _settings(wanted: Wanted) -> Settings:
    settings = load_settings({"arxla_record": wanted.record, "arxla_replay": wanted.replay})
    if wanted.upload and settings.langsmith_api_key is None:
        raise InputError("--upload needs a key of LangSmith: set LANGSMITH_API_KEY.")
    if wanted.fail_on_regression and not wanted.compare:
        raise InputError("--fail-on-regression needs an earlier evaluation to compare with: name it with --compare.")
    if settings.arxla_record and settings.arxla_replay:
        raise InputError("Answers are either recorded or replayed: give one of --record and --replay.")
    return settings


def _narrowed(suite: Suite, wanted: Wanted) -> Suite:
    """With the seeds and cases that were asked for."""
    if wanted.seeds:
        try:
            suite.seeds = list(dict.fromkeys(int(part) for part in wanted.seeds.split(",")))
        except ValueError:
            raise InputError(f"--seeds {wanted.seeds!r} can't be read: give whole numbers such as 0,1,2.") from None
    if any(not 0 <= seed < 2**32 for seed in suite.seeds):
        raise InputError("Seeds are whole numbers from 0 to 4294967295.")
    if wanted.cases:
        known = [case.id for case in suite.cases]
        unknown = [case for case in wanted.cases if case not in known]
        if unknown:
            raise InputError(f"The suite {suite.name} has no case {unknown[0]!r}; there are {', '.join(known[:20])}.")
        suite.cases = [case for case in suite.cases if case.id in wanted.cases]
    return suite


def _plan(suite: Suite, models: list[str], settings: Settings) -> Plan:
    record, replay = settings.arxla_record, settings.arxla_replay
    return Plan(
        suite=suite, models=models, seeds=suite.seeds, started=datetime.now(UTC).isoformat(timespec="seconds"),
        record=str(record.resolve()) if record else "", replay=str(replay.resolve()) if replay else "",
    )  # fmt: skip


def _earlier(wanted: Wanted, plans: Sequence[Plan]) -> list[EvaluationFolder | None]:
    """What each evaluation is compared with: of several, the one of the same suite."""
    folders = [EvaluationFolder.find(str(path)) for path in wanted.compare]
    by_name = {folder.plan().suite.name: folder for folder in folders}
    if len(folders) == len(plans) == 1:
        return [folders[0]]
    left = by_name.keys() - {plan.suite.name for plan in plans}
    if left:
        raise InputError(f"--compare names an evaluation of {sorted(left)[0]}, which is not evaluated now.")
    return [by_name.get(plan.suite.name) for plan in plans]


def _floors(wanted: Wanted, plans: Sequence[Plan]) -> dict[str, float]:
    """The least mean of a score, by name."""
    known = {name for plan in plans for name in scorers_of(plan.suite.kind, plan.suite.scorers)}
    floors = {}
    for text in wanted.fail_under:
        name, _, value = text.partition("=")
        try:
            floors[name] = float(value)
        except ValueError:
            floors[name] = math.nan
        if not math.isfinite(floors[name]):
            raise InputError(f"--fail-under {text!r} can't be read: give it as success=0.9.")
        if name not in known:
            raise InputError(
                f"--fail-under names {name!r}, which is not scored here; there are {', '.join(sorted(known))}."
            )
        if less_is_better(name):
            raise InputError(f"--fail-under can't bound {name}, of which less is better.")
    return floors


def _run(
    folders: Sequence[EvaluationFolder],
    earlier: Sequence[EvaluationFolder | None],
    floors: dict[str, float],
    settings: Settings,
    wanted: Wanted,
) -> int:
    stream = sys.stderr if wanted.json else sys.stdout
    console = Console(file=stream, soft_wrap=True, width=None if stream.isatty() else PLAIN_WIDTH)
    view = EvaluationView(console)
    code = 0
    with _until_signal(console) as cancel:
        for folder, old in zip(folders, earlier, strict=True):
            plan = folder.plan()
            done = [trial for trial in folder.trials() if not trial.error]
            view.begin(plan, folder.path, len(plan.keys) - len(done))
            trial_settings = _of_suite(settings, plan.suite.name)
            try:
                trials = evaluate(
                    folder, trial_settings, tell=view.trial, cancel=cancel, max_concurrency=wanted.max_concurrency
                )
            except Interrupted:
                _finish(folder, view, None)
                print(f"arxla: Interrupted; `arxla eval --resume {folder.path}` goes on.", file=sys.stderr)
                return INTERRUPTED
            plan = folder.plan()
            comparison = compare(old, plan, trials) if old else None
            summaries = _finish(folder, view, comparison)
            code = max(code, _verdict(plan, summaries, comparison, floors, wanted))
            if wanted.upload:
                from evals.upload import upload

                print(upload(settings, folder), file=console.file)
            print(folder.results if wanted.json else f"Results: {folder.report}")
    return code


def _of_suite(settings: Settings, name: str) -> Settings:
    """Recordings of several suites lie side by side."""
    record, replay = settings.arxla_record, settings.arxla_replay
    return settings.model_copy(
        update={"arxla_record": record and record / name, "arxla_replay": replay and replay / name}
    )


def _finish(folder: EvaluationFolder, view: EvaluationView, comparison: Comparison | None) -> list[ModelSummary]:
    """Write results and page, show the tables."""
    plan, trials = folder.plan(), folder.trials()
    summaries = summarize(plan, trials)
    save_results(folder, plan, trials, comparison)
    write_page(folder, plan, trials, summaries, comparison)
    view.end(plan, trials, summaries, comparison)
    return summaries


def _verdict(
    plan: Plan,
    summaries: Sequence[ModelSummary],
    comparison: Comparison | None,
    floors: dict[str, float],
    wanted: Wanted,
) -> int:
    """1 when a model was given up or nothing of it scored, and for what the user calls failing; each said in a line."""
    said = [f"{model} was given up before all trials were done" for model in plan.stopped]
    said += [f"nothing of {summary.model} could be scored" for summary in summaries if not summary.scored]
    if comparison and wanted.fail_on_regression:
        said += comparison.regressions
    names = scorers_of(plan.suite.kind, plan.suite.scorers)
    for name, floor in floors.items():
        if name not in names:
            continue
        for summary in summaries:
            found = summary.suite.get(name)
            if found is None:
                said.append(f"{name} of {summary.model} was never scored, and --fail-under asks for {floor:g}")
            elif found.mean < floor:
                said.append(f"{name} of {summary.model} is {found.mean:.4g}, under {floor:g}")
    for line in said:
        print(f"arxla: {plan.suite.name}: {line}", file=sys.stderr)
    return 1 if said else 0


@contextmanager
def _until_signal(console: Console) -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets; the second one ends the process, and its boxes with it."""
    cancel = threading.Event()

    def interrupt(_number: int, _frame: object) -> None:
        if cancel.is_set():
            os._exit(INTERRUPTED)
        cancel.set()
        console.print("Stopping; what is finished is kept. Press Ctrl-C again to end at once.")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
