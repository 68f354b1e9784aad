"""Every case of `--arxla-suite` as one test: its required scores are 1, and nothing alarming was seen."""

import pytest

from evals.contracts import Trial
from evals.pytest_plugin import shortfalls


def test_case(arxla_trial: Trial, request: pytest.FixtureRequest) -> None:
    """Fails with what is short of the mark."""
    if short := shortfalls(request.node.arxla_suite, arxla_trial):
        pytest.fail(f"{arxla_trial.case}, seed {arxla_trial.seed}: {'; '.join(short)}", pytrace=False)
