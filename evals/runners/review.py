"""What is found in a program of the reviewer's corpus: by the static rules for the expert, else by a model alone.

A model is not told what the rules find. It names no rules, so what counts of it is whether it finds anything where
something is wrong, and what the rules say of the code that it gives back.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.contracts import ReviewRequest
from agents.registry import check_models, make_agents
from evals.contracts import Case, CaseSkipped, Place, Runner
from evals.review import ROWS, SHAPES, VAL_ROWS, Program, corpus
from runtime.data_profile import DataProfile
from runtime.errors import UnusableAnswer
from runtime.models.names import EXPERT
from runtime.models.usage import Ledger
from runtime.training_function import TrainingFunction
from tools.review import Finding, Severity, fix_code, review_code

PARTS = {"no": "tuned", "yes": "held out", "blind": "second set"}


def cases() -> list[Case]:
    """A case a program, for `cases_from` of a suite."""
    return [
        Case(
            id=program.name,
            given={"program": program.name},
            expected={"rules": sorted(program.expected)},
            tags=[PARTS[program.held_out], "defective" if program.expected else "clean"],
        )
        for program in corpus()
    ]


@contextmanager
def opened(place: Place) -> Iterator[Runner]:
    """The corpus is read once."""
    programs = {program.name: program for program in corpus()}
    with tempfile.TemporaryDirectory(prefix="arxla-review-") as kept:

        def run(case: Case, seed: int, model: str) -> dict[str, Any]:
            program = programs.get(case.given["program"])
            if program is None:
                raise CaseSkipped(f"There is no program {case.given['program']} in the review corpus.")
            found = _found(program, program.source)
            if model == EXPERT:
                fixed = fix_code(program.source, "xla", program.space)
                return {
                    "rules": sorted({finding.rule for finding in found}),
                    "issues": [finding.message for finding in found],
                    "errors_before": _errors(found),
                    "errors_after": _errors(fixed.remaining) if fixed.applied else None,
                }
            settings = place.settings_for(case, seed, model)
            task = settings.task(dataset="synthetic", seed=seed, model=model)
            check_models(task, settings)
            ledger = Ledger(Path(tempfile.mkdtemp(dir=kept)) / "usage.json")
            reviewer = make_agents(task, settings, ledger, cancel=place.cancel).reviewer
            try:
                answer = reviewer.review(ReviewRequest(function=_function(program), target="xla"))
            except UnusableAnswer as fault:
                said: dict[str, Any] = {"rules": None, "issues": [], "errors_after": None, "unusable": str(fault)}
            else:
                code = answer.training_code
                said = {
                    "rules": None,
                    "issues": [issue.message for issue in answer.issues if issue.severity != "note"],
                    "errors_after": _errors(_found(program, code)) if code else None,
                }
            return {**said, "errors_before": _errors(found), "usage": ledger.as_records()}

        yield run


def _found(program: Program, source: str) -> list[Finding]:
    return review_code(source, "xla", program.space)


def _errors(findings: list[Finding]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)


def _function(program: Program) -> TrainingFunction:
    """The program with a profile of the data that it was written for."""
    kind, shape = program.data, SHAPES.get(program.data, (8,))
    rows = ROWS + VAL_ROWS
    features = 1
    for size in shape:
        features *= size
    profile = DataProfile(
        dataset_name=kind, shape=(rows, *shape), dtype="int64" if kind == "tokens" else "float32", sample_count=rows,
        feature_count=features, is_image=kind == "image", is_sequence=kind == "sequence", is_text=kind == "tokens",
        is_tabular=kind in ("tabular", "binary", "regression"), vocabulary_size=40 if kind == "tokens" else None,
        task_type="regression" if kind == "regression" else "classification",
        num_classes=None if kind == "regression" else 2 if kind == "binary" else 3,
    )  # fmt: skip
    return TrainingFunction(
        model_name=program.name, training_code=program.source, bo_config=program.space or {}, confidence=0.5,
        data_profile=profile, timestamp=0,
    )  # fmt: skip
