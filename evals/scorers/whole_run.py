"""What a whole run is worth, from its `run.json` and from the files that it names."""

from pathlib import Path
from typing import Any

from evals.contracts import Case
from tools.results.hashing import sha256_of
from tools.results.record import RunRecord

Output = dict[str, Any]


def success(_case: Case, output: Output) -> float:
    """The run ended in SUCCESS, and its evidence stands on disk as it was measured."""
    record = record_of(output)
    return float(record.outcome == "SUCCESS" and not missing_evidence(record, Path(output["folder"])))


def reached(case: Case, output: Output) -> float | None:
    """The measured test score is at least `expected.score`."""
    if "score" not in case.expected:
        return None
    found = measured_score(case, output)
    return float(found is not None and found >= float(case.expected["score"]))


def measured_score(_case: Case, output: Output) -> float | None:
    """The test score of a model with evidence: accuracy, R2, or the negative perplexity."""
    record = record_of(output)
    if record.evidence is None or missing_evidence(record, Path(output["folder"])):
        return None
    return record.evidence.test.score


def above_baselines(_case: Case, output: Output) -> float | None:
    """The model beats every trivial one on the same test rows; a run without a model does not."""
    evidence = record_of(output).evidence
    if evidence is None:
        return 0.0
    return float(evidence.beats_baselines) if evidence.baselines else None


def lead(_case: Case, output: Output) -> float | None:
    """The test score less the best baseline's."""
    evidence = record_of(output).evidence
    if evidence is None or not evidence.baselines:
        return None
    return evidence.test.score - max(evidence.baselines.values())


def under_limit(_case: Case, output: Output) -> float | None:
    """The real bytes of the model's file are within the limit."""
    record = record_of(output)
    if record.evidence is None:
        return None
    file = Path(output["folder"], record.evidence.model_file)
    return float(file.is_file() and file.stat().st_size <= record.task.size_limit_kb * 1024)


def model_kb(_case: Case, output: Output) -> float | None:
    """KB of the quantized model."""
    evidence = record_of(output).evidence
    return evidence.size.real_kb if evidence else None


def debug_rounds(_case: Case, output: Output) -> float:
    """Corrections that the debugger made."""
    return float(len(record_of(output).debugging))


def tokens(_case: Case, output: Output) -> float:
    """Tokens of language models, both ways."""
    return float(sum(line.input_tokens + line.output_tokens for line in record_of(output).usage))


def usd(_case: Case, output: Output) -> float | None:
    """Dollars for language models; None where a price is not known."""
    lines = [line.usd for line in record_of(output).usage]
    return None if None in lines else float(sum(line or 0.0 for line in lines))


def seconds(_case: Case, output: Output) -> float:
    """Wall time of the run."""
    return record_of(output).seconds


def record_of(output: Output) -> RunRecord:
    """The record in a trial's output."""
    return RunRecord.model_validate({name: value for name, value in output.items() if name != "folder"})


def missing_evidence(record: RunRecord, folder: Path) -> str:
    """Why a run's evidence is not to be believed, or "": every file must be there with the bytes that were measured."""
    if record.evidence is None:
        return "there is no evidence"
    named = {record.evidence.model_file, record.evidence.graph_file, record.evidence.predictions_file}
    if unhashed := sorted(named - record.evidence.hashes.keys()):
        return f"{unhashed[0]} has no hash"
    for name, digest in record.evidence.hashes.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            return f"{name} is not in the run's folder"
        if sha256_of(path) != digest:
            return f"{name} is not the file that was measured"
    return ""


def alarms(_case: Case, output: Output) -> list[str]:
    """A SUCCESS that its evidence does not bear out."""
    record = record_of(output)
    missing = missing_evidence(record, Path(output["folder"]))
    return [f"SUCCESS WITHOUT EVIDENCE: {missing}"] if record.outcome == "SUCCESS" and missing else []


REQUIRED = ("success", "reached")
FIGURES = (measured_score, lead)
SCORERS = (
    success, reached, measured_score, above_baselines, lead, under_limit, model_kb, debug_rounds, usd, tokens, seconds,
)  # fmt: skip
