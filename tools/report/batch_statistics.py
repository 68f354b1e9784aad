"""The seed's statistics over a batch of papers: pure functions of its runs' records."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.outcome import Outcome
from tools.results.batch import BatchRecord
from tools.results.record import RunRecord
from tools.review.rules import BY_ID

MOST_COMMON = 5
STAGE_GROUPS = {
    "paper retrieval": ("intake", "retrieve"),
    "reading": ("summarize", "brief"),
    "data and research": ("recommend", "dataset", "research"),
    "code generation": ("code",),
    "code review": ("review",),
    "execution": ("execute", "debug"),
    "tuning": ("tune",),
    "measurement": ("finalize", "report"),
}
"""The seed's steps, as stages of the graph."""


WAITING = "waiting"
"""The outcome, in a summary, of a run that waits for a person's answer."""


class _Statistic(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Count(_Statistic):
    """Something that was counted, most frequent first in a list."""

    name: str
    count: int


class PaperLine(_Statistic):
    """One paper of a batch."""

    reference: str
    title: str
    run_id: str
    outcome: str
    """An outcome, "not started", "waiting", "interrupted", or "fault" for what kept its run from one."""
    message: str
    dataset: str = ""
    model_name: str = ""
    score: str = ""
    size_kb: float | None = None
    seconds: float = 0.0
    fixes: int = 0
    criteria_met: int = 0
    criteria: int = 0
    by_step: dict[str, float] = Field(default_factory=dict)
    """Seconds in each of the seed's steps."""


class BatchSummary(_Statistic):
    """`summary.json`. Rates are shares of all papers of the batch, 0 to 1; means are over papers with a run."""

    id: str
    started: str
    selection: str
    papers: int
    ended: int
    """Papers whose run has an outcome."""
    outcomes: list[Count]
    generated: int
    """Papers for which code was written."""
    generation_success_rate: float
    executed: int
    """Papers whose code was run for real to its end."""
    execution_success_rate: float
    """Of the papers for which code was written."""
    succeeded: int
    success_rate: float
    """Runs with evidence on disk."""
    mean_generation_seconds: float
    mean_review_seconds: float
    mean_total_seconds: float
    mean_model_seconds: float
    """Of time with at least one model call in flight; calls side by side count once."""
    mean_fixes: float
    """Fixes of the static reviewer, changes by the reviewing model, and corrections by the debugger, per paper."""
    fix_success_rate: float
    """Papers that were fixed at all and then ran to their end."""
    common_issues: list[Count]
    common_failures: list[Count]
    recommended: list[Count]
    """Datasets, by how many papers each was recommended for."""
    datasets: list[Count]
    """Datasets, by how many papers' code was trained on each."""
    step_seconds: dict[str, float]
    """Mean seconds a paper in each of the seed's steps."""
    calls: dict[str, int]
    """Model calls by agent, all papers together."""
    tokens: int
    usd: float | None
    lines: list[PaperLine]


def summarise(batch: BatchRecord, runs: dict[str, RunRecord]) -> BatchSummary:
    """The statistics of a batch; `runs` are the records by run id, of those that have one."""
    records = [runs[entry.run_id] for entry in batch.entries if entry.run_id in runs]
    lines = [
        _line(entry.reference, entry.title, entry.fault, runs.get(entry.run_id), entry.run_id)
        for entry in batch.entries
    ]
    generated = [record for record in records if record.model_name]
    executed = [record for record in generated if record.curves or record.evidence]
    fixed = [record for record in generated if fixes(record)]
    papers = len(batch.entries)
    usd = [line.usd for record in records for line in record.usage]
    return BatchSummary(
        id=batch.id,
        started=batch.started,
        selection=batch.selection,
        papers=papers,
        ended=sum(record.outcome not in (None, Outcome.CANCELLED) for record in records),
        outcomes=_counts(line.outcome for line in lines),
        generated=len(generated),
        generation_success_rate=_share(len(generated), papers),
        executed=len(executed),
        execution_success_rate=_share(len(executed), len(generated)),
        succeeded=(succeeded := sum(record.outcome is Outcome.SUCCESS for record in records)),
        success_rate=_share(succeeded, papers),
        mean_generation_seconds=_mean(_spent(record, ("code",)) for record in generated),
        mean_review_seconds=_mean(_spent(record, ("review",)) for record in generated),
        mean_total_seconds=_mean(record.seconds for record in records),
        mean_model_seconds=_mean(record.model_seconds for record in records),
        mean_fixes=_mean(float(fixes(record)) for record in generated),
        fix_success_rate=_share(sum(record in executed for record in fixed), len(fixed)),
        common_issues=_counts(issue for record in records for issue in issues(record))[:MOST_COMMON],
        common_failures=_counts(step.failure[:160] for record in records for step in record.debugging)[:MOST_COMMON],
        recommended=_counts(record.recommendation.primary for record in records if record.recommendation),
        datasets=_counts(record.dataset for record in records if record.dataset),
        step_seconds={
            step: _mean(line.by_step.get(step, 0.0) for line in lines if line.run_id) for step in STAGE_GROUPS
        },
        calls=dict(sum((Counter({u.agent: u.calls}) for record in records for u in record.usage), Counter[str]())),
        tokens=sum(u.input_tokens + u.output_tokens for record in records for u in record.usage),
        usd=None if None in usd else sum(value or 0.0 for value in usd),
        lines=lines,
    )


def fixes(record: RunRecord) -> int:
    """What was mended in a paper's code: by rule, by the reviewing model, and by the debugger."""
    by_review = sum(len(review.fixed) + review.changed_by_model for review in record.reviews)
    return by_review + len(record.debugging)


def issues(record: RunRecord) -> Iterable[str]:
    """Every issue that the reviews of a run named: mended ones, and those still there after the last round."""
    for review in record.reviews:
        yield from (_title(rule) for rule in review.fixed)
    for finding in record.reviews[-1].findings if record.reviews else []:
        yield _title(finding.rule)


def _title(rule: str) -> str:
    return f"{rule} {BY_ID[rule].title}" if rule in BY_ID else rule


def _line(reference: str, title: str, fault: str, record: RunRecord | None, run_id: str) -> PaperLine:
    if record is None:
        outcome = "fault" if fault else "not started"
        return PaperLine(reference=reference, title=title, run_id="", outcome=outcome, message=fault)
    evidence = record.evidence
    facts: dict[str, Any] = {}
    if evidence:
        facts = {"score": f"{evidence.test.metric} {evidence.test.score:.4f}", "size_kb": evidence.size.real_kb}
    return PaperLine(
        reference=reference,
        title=record.brief.title if record.brief else title,
        run_id=run_id,
        outcome=str(record.outcome) if record.outcome else _unfinished(record, fault),
        message=record.message or fault or (record.waiting.text if record.waiting else ""),
        dataset=record.dataset,
        model_name=record.model_name,
        seconds=record.seconds,
        fixes=fixes(record),
        criteria_met=sum(verdict.verdict == "met" for verdict in record.criteria),
        criteria=len(record.brief.criteria) if record.brief else 0,
        by_step={step: round(_spent(record, stages), 3) for step, stages in STAGE_GROUPS.items()},
        **facts,
    )


def _unfinished(record: RunRecord, fault: str) -> str:
    return "fault" if fault else WAITING if record.waiting else "interrupted"


def _spent(record: RunRecord, stages: tuple[str, ...]) -> float:
    return sum(stage.seconds for stage in record.stages if stage.name in stages)


def _counts(names: Iterable[str]) -> list[Count]:
    return [Count(name=name, count=count) for name, count in Counter(names).most_common()]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
