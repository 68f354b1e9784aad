"""What is asked of one run: how it went, why it ended, its code, trials, cost and review. Every text is a record's."""

from pathlib import Path

from runtime.outcome import Outcome
from tools.report import wording
from tools.results.folder import RunFolder
from tools.results.record import Evidence, RunRecord, TrialRecord
from tools.review.finding import Severity

MOST_LINES = 400
"""Lines of a program that are shown."""
MOST_TRIALS = 30
MOST_FINDINGS = 10
LAST_CORRECTIONS = 3
LONGEST_TEXT = 300
FENCE = "````"
"""Longer than a fence that a program's own text may hold."""


def run_name(record: RunRecord, number: int) -> str:
    """E.g. "Run 7 (wine-20261120T101502-3f9a)"; without a number the id alone."""
    return f"Run {number} ({record.id})" if number else f"Run {record.id}"


def how_it_went(folder: RunFolder, number: int) -> str:
    """Outcome, data, score beside the baselines, size, author, time, cost, report."""
    record = folder.load_record()
    lines = [f"{run_name(record, number)}: {_state(folder, record)}", *_asked(record)]
    if record.evidence:
        lines += measured_lines(record.evidence)
    elif record.partial:
        found = ", ".join(f"{name} {text}" for name, text in wording.partial_facts(record.partial).items())
        lines.append(f"- best so far: {found} (on validation rows, not measured on the test rows)")
    if record.model_name:
        lines.append(f"- model: {record.model_name}, written by {wording.author(record)}")
    if record.hyperparameters:
        lines.append(f"- hyperparameters: {wording.plain_value(record.hyperparameters)}")
    lines.append(f"- time and cost: {wording.duration(record.seconds)}, {wording.money(wording.total_usd(record))}")
    lines += [f"- warning: {_short(text)}" for text in record.warnings[:LAST_CORRECTIONS]]
    if folder.report.exists():
        lines.append(f"- report: {folder.report}")
    return "\n".join(lines)


def why_it_ended(folder: RunFolder, number: int) -> str:
    """The outcome, its cause and sentence, the stage, what failed before and what was tried, and what to do now."""
    record = folder.load_record()
    lines = [f"{run_name(record, number)}: {_state(folder, record)}"]
    if record.cause:
        lines.append(f"- cause: {record.cause.value.replace('_', ' ')}")
    ended_in = next((visit.name for visit in reversed(record.stages) if visit.name != "report"), "")
    if ended_in and record.outcome is not Outcome.SUCCESS:
        lines.append(f"- the last stage: {ended_in}")
    for fault in record.debugging[-LAST_CORRECTIONS:]:
        lines.append(f"- in {fault.stage}: {_short(fault.failure)}; tried: {_short(fault.correction)}")
    if record.outcome is Outcome.REVIEW_REJECTED:
        lines += _findings(record)
    if record.evidence:
        lines += measured_lines(record.evidence)
    lines.append(f"- what to do: {wording.next_step(record)}")
    return "\n".join(lines)


def program(folder: RunFolder, number: int) -> str:
    """The run's newest module, as a fenced block, and where it lies."""
    record = folder.load_record()
    path = folder.latest_code("code-review", "code-generation")
    if path is None:
        return f"{run_name(record, number)} has written no code yet."
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    cut = f" (its first {MOST_LINES} of {len(lines)} lines)" if len(lines) > MOST_LINES else ""
    about = (
        f"{run_name(record, number)}: {record.model_name or 'the code'}, by {wording.author(record)}, in {path}{cut}"
    )
    return "\n".join([about, f"{FENCE}python", *lines[:MOST_LINES], FENCE])


def trial_lines(folder: RunFolder, number: int) -> str:
    """Each tuning trial: state, score, size, hyperparameters; then which one was best."""
    record = folder.load_record()
    tuning = record.tuning
    if tuning is None or not tuning.trials:
        return f"{run_name(record, number)} has no tuning trials (it asked for {record.task.trials})."
    lines = [f"{run_name(record, number)}: {len(tuning.trials)} trials by {tuning.tuner}, scores on validation rows"]
    lines += [_trial(trial) for trial in tuning.trials[:MOST_TRIALS]]
    if len(tuning.trials) > MOST_TRIALS:
        lines.append(f"- the others are in {folder.record}")
    if tuning.best_index is not None:
        lines.append(f"The best is trial {tuning.best_index}.")
    if tuning.importance:
        weights = ", ".join(f"{name} {share:.2f}" for name, share in tuning.importance.items())
        lines.append(f"What mattered: {weights}.")
    return "\n".join(lines)


def spent(folder: RunFolder, number: int) -> str:
    """Time, and what each agent's model calls took."""
    record = folder.load_record()
    total = wording.money(wording.total_usd(record))
    lines = [f"{run_name(record, number)} took {wording.duration(record.seconds)} and cost {total} for models."]
    for usage in record.usage:
        tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
        seconds, usd = wording.duration(usage.seconds), wording.money(usage.usd)
        lines.append(f"- {usage.agent} ({usage.model}): {usage.calls} calls, {tokens}, {seconds}, {usd}")
    if not record.usage:
        lines.append("- no language model was asked")
    slowest = sorted(record.stages, key=lambda visit: -visit.seconds)[:LAST_CORRECTIONS]
    lines += [f"- stage {visit.name}: {wording.duration(visit.seconds)}" for visit in slowest]
    return "\n".join(lines)


def found_in_review(folder: RunFolder, number: int) -> str:
    """What the reviewer of a run's code found and mended."""
    record = folder.load_record()
    if not record.reviews:
        return f"{run_name(record, number)} has not been reviewed yet."
    fixed = [rule for review in record.reviews for rule in review.fixed]
    lines = [f"{run_name(record, number)}: {len(record.reviews)} rounds of review"]
    if fixed:
        lines.append(f"- mended by rule: {', '.join(dict.fromkeys(fixed))}")
    issues = list(dict.fromkeys(issue for review in record.reviews for issue in review.model_issues))
    lines += [f"- said by the model: {_short(issue)}" for issue in issues[:MOST_FINDINGS]]
    left = _findings(record)
    return "\n".join([*lines, *(left or ["- nothing is left of what it found"])])


def measured_lines(evidence: Evidence) -> list[str]:
    """What was measured on the hidden test rows, beside the baselines, and the size."""
    test, size = evidence.test, evidence.size
    verdict = "better than" if evidence.beats_baselines else "NOT better than the best of"
    baselines = ", ".join(
        f"{name} {wording.score_text(test.metric, score)}" for name, score in evidence.baselines.items()
    )
    score = f"{wording.metric_name(test.metric)} {wording.score_text(test.metric, test.score)}"
    return [
        f"- measured: {score} on {evidence.test_rows:,} test rows, {verdict} {baselines or 'no baseline'}",
        f"- size: {wording.kilobytes(size.real_kb)} of {wording.kilobytes(evidence.size_limit_kb)} allowed,"
        f" {size.parameters:,} parameters at {size.quantization_bits} bits",
    ]


def _state(folder: RunFolder, record: RunRecord) -> str:
    """The outcome and its sentence; of a run without one, whether it runs, waits or was interrupted."""
    if record.outcome is not None:
        return f"{record.outcome}: {record.message}"
    if record.waiting is not None:
        return f"it waits for an answer: {record.waiting.text}"
    at = f" at {record.stages[-1].name}" if record.stages else ""
    return f"it is running{at}" if folder.worker() is not None else f"it was interrupted{at}; it has no outcome"


def _asked(record: RunRecord) -> list[str]:
    task = record.task
    paper = [f"- paper: {(record.paper or {}).get('title') or task.paper}"] if task.paper else []
    data = record.dataset or task.dataset or "not chosen yet"
    rows = f", {record.profile.sample_count:,} samples" if record.profile else ""
    limit = wording.kilobytes(task.size_limit_kb)
    asked = f"- asked for: {task.trials} trials, at most {limit}, target {task.target}"
    return [*paper, f"- data: {Path(data).name if '/' in data else data}{rows}", asked]


def _findings(record: RunRecord) -> list[str]:
    """What the last round of review left, the worst first."""
    last = record.reviews[-1].findings if record.reviews else []
    order = list(Severity)
    worst = sorted(last, key=lambda finding: order.index(finding.severity))[:MOST_FINDINGS]
    return [f"- line {one.line}: {one.rule} {one.severity.value}: {_short(one.message)}" for one in worst]


def _trial(trial: TrialRecord) -> str:
    parts = [f"- trial {trial.index}: {trial.state.replace('_', ' ')}"]
    if trial.score is not None:
        parts.append(f"score {trial.score:.4f}")
    if trial.model_kb is not None:
        parts.append(wording.kilobytes(trial.model_kb))
    parts.append(wording.plain_value(trial.hyperparameters))
    return ", ".join(parts) + (f" ({_short(trial.reason)})" if trial.reason else "")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 2]} …"
