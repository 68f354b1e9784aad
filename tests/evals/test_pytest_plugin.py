"""Cases of a suite as tests of pytest."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
RUNNER = """
import sys
from types import ModuleType
from evals.contracts import CaseSkipped
from runtime.errors import ModelUnavailable

def right(case, output):
    return output["right"]

def run(case, seed, model):
    if case.id == "c":
        raise CaseSkipped("nothing here")
    if case.id == "d":
        raise ModelUnavailable("down")
    return {"right": float(case.id == "a"), "model": model}

runner, scorers = ModuleType("runner"), ModuleType("scorers")
runner.run, scorers.SCORERS = run, (right,)
sys.modules["evals.runners.literature"], sys.modules["evals.scorers.literature"] = runner, scorers
"""


@pytest.fixture
def inner(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    pytester.makeconftest(RUNNER)
    root = Path(__file__).parents[2]

    def run(*arguments: object) -> pytest.RunResult:
        plugins = ("-p", "evals.pytest_plugin", "-p", "no:cacheprovider", "-o", f"pythonpath={root}")
        return pytester.runpytest_inprocess(*plugins, *map(str, arguments))

    return run


def test_each_case_and_seed_is_a_test(inner: Callable[..., pytest.RunResult], suite_file: Callable[..., Path]) -> None:
    result = inner("--pyargs", "evals.suite_tests", "--arxla-suite", suite_file(4, seeds="[0, 1]"), "-v")
    result.assert_outcomes(passed=2, failed=2, skipped=2, errors=2)
    result.stdout.fnmatch_lines(
        ["*test_case?tiny-a-0? PASSED*", "*TrialError: ModelUnavailable: down*", "*right is 0*"]
    )


def test_a_test_of_ones_own_takes_the_trial(
    inner: Callable[..., pytest.RunResult], pytester: pytest.Pytester, suite_file: Callable[..., Path]
) -> None:
    pytester.makepyfile(f"""
        import pytest
        from evals.pytest_plugin import suite_cases

        @pytest.mark.parametrize("arxla_trial", suite_cases({str(suite_file(2))!r}, seeds=[7]), indirect=True)
        def test_mine(arxla_trial):
            assert arxla_trial.seed == 7 and arxla_trial.output["model"] == "openai:m"
            assert arxla_trial.scores["right"] == 1.0
    """)
    inner("--arxla-model", "openai:m").assert_outcomes(passed=1, failed=1)


def test_an_unknown_suite_is_one_sentence(inner: Callable[..., pytest.RunResult]) -> None:
    result = inner("--pyargs", "evals.suite_tests", "--arxla-suite", "nope")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*There is no suite 'nope'*"])
