"""What a finished run says of itself, in words; the page, the terminal and the exported README share them."""

from typing import Any

from runtime.outcome import Outcome, StopCause
from tools.results.record import RunRecord

TITLES = {
    Outcome.SUCCESS: "Success",
    Outcome.STOP_PIPELINE: "Stopped",
    Outcome.DEBUG_CHANCES_EXHAUSTED: "Debugging gave up",
    Outcome.REVIEW_REJECTED: "Review rejected the code",
    Outcome.CONSTRAINT_UNMET: "No model under the limit",
    Outcome.BUDGET_EXHAUSTED: "Budget spent",
    Outcome.TOO_FEW_CHUNKS: "Too little of the paper was read",
    Outcome.INPUT_ERROR: "Unusable input",
    Outcome.MODEL_UNAVAILABLE: "Language model unavailable",
    Outcome.CANCELLED: "Interrupted",
}

NEXT_STEPS = {
    Outcome.SUCCESS: "Take the model with you: `arxla export {id} DIR` writes a project that runs without arxla.",
    Outcome.STOP_PIPELINE: "Mend the cause named above, check with `arxla doctor`, then start again with `arxla run`.",
    Outcome.DEBUG_CHANCES_EXHAUSTED: "Raise --debug-chances, or choose another --model.",
    Outcome.REVIEW_REJECTED: "Read the findings below, then choose another --model, or more --review-rounds.",
    Outcome.CONSTRAINT_UNMET: "Raise --size-limit-kb, or allow more --trials so that a smaller model is found.",
    Outcome.BUDGET_EXHAUSTED: "Start again with a higher --max-usd, --max-tokens or --max-minutes.",
    Outcome.TOO_FEW_CHUNKS: "Check the paper's file and the model's limits, then start again with `arxla run`.",
    Outcome.INPUT_ERROR: "Correct the input as the message says and start again.",
    Outcome.MODEL_UNAVAILABLE: "Run `arxla doctor --model {model}`, or start again with --model expert.",
    Outcome.CANCELLED: "Run `arxla resume {id}`: nothing that was finished is done again.",
}

STOP_STEPS = {
    StopCause.OUT_OF_MEMORY: "Start again with fewer rows (--max-rows), or on a machine with more memory.",
    StopCause.MISSING_DEPENDENCY: "Install the package named above, then start again with `arxla run`.",
    StopCause.NO_DEVICE: "Choose --target cpu, or mend what `arxla doctor --target {target}` names.",
    StopCause.NO_DISK: "Free disk space, then go on with `arxla resume {id}`; or start again with another --out.",
    StopCause.NO_SANDBOX: "Install bubblewrap or allow user namespaces; `arxla doctor` tests both.",
    StopCause.SOURCE_UNAVAILABLE: "Check the service with `arxla doctor` and start again, or give the paper as a file.",
    StopCause.TAMPERING: "The code tried to change its own measurement: read it below and choose another --model.",
    StopCause.REFUSED: "Start again with what may go on: another dataset, other code, or a smaller task.",
    StopCause.REPEATED_CORRECTION: "The debugger repeated itself: choose another --model, or --model expert.",
}

LONGEST_VALUE = 200
METRICS = {"accuracy": "accuracy", "r2": "R²", "perplexity": "perplexity"}


def title(record: RunRecord) -> str:
    """The outcome in a few words."""
    return TITLES[record.outcome] if record.outcome else "Not finished"


def next_step(record: RunRecord) -> str:
    """One sentence that says what to do now."""
    if record.outcome is None:
        step = "The run goes on, or was interrupted; `arxla resume {id}` continues it."
    elif record.cause in STOP_STEPS:
        step = STOP_STEPS[record.cause]
    else:
        step = NEXT_STEPS[record.outcome]
    return step.format(id=record.id, model=record.task.model, target=record.task.target)


def metric_name(metric: str) -> str:
    """A metric's name for a person."""
    return METRICS.get(metric, metric.replace("_", " "))


def score_text(metric: str, score: float) -> str:
    """A score (higher is better) as a person reads the metric: 97.2 %, 0.871, or a positive perplexity."""
    if metric == "accuracy":
        return f"{100 * score:.1f} %"
    if metric == "perplexity":
        return f"{-score:.1f}"
    return f"{round(score, 3) + 0.0:.3f}"


def kilobytes(kb: float) -> str:
    """A size, e.g. 41.2 KB."""
    return f"{kb:,.1f} KB" if kb < 1000 else f"{kb / 1024:,.1f} MB"


def duration(seconds: float) -> str:
    """A span of time, e.g. 0.4 s, 1 min 12 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def money(usd: float | None) -> str:
    """An amount, e.g. $0.0312; "unknown" when a model has no known price."""
    if usd is None:
        return "unknown"
    return f"${usd:.2f}" if usd == 0 or usd >= 1 else f"${usd:.4f}"


def total_usd(record: RunRecord) -> float | None:
    """What the run's model calls cost; None when any of them has no known price."""
    prices = [usage.usd for usage in record.usage]
    return None if any(price is None for price in prices) else sum(price or 0.0 for price in prices)


def author(record: RunRecord) -> str:
    """Who wrote the code, honestly."""
    if not record.generated_by:
        return "nobody yet"
    return record.generated_by.replace("expert (rule-based)", "arxla's rule-based expert (no language model)")


def partial_facts(partial: dict[str, Any]) -> dict[str, str]:
    """The best result of a run without evidence, as (name, words) for a reader; unknown entries as they are."""
    facts = {}
    for key, value in partial.items():
        if isinstance(value, dict) and "metric" in value and isinstance(value.get("score"), int | float):
            metric = str(value["metric"])
            facts[f"{key} {metric_name(metric)}"] = score_text(metric, value["score"])
        elif isinstance(value, dict) and isinstance(value.get("real_bytes"), int):
            facts[key] = kilobytes(value["real_bytes"] / 1024)
        elif key != "what":
            facts[key.replace("_", " ")] = plain_value(value)[:LONGEST_VALUE]
    return facts


def plain_value(value: Any) -> str:
    """A value from JSON as a person reads it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain_value(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(item) for item in value[:12]) + (", …" if len(value) > 12 else "")
    return str(value)
