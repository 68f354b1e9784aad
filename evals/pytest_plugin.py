"""Cases of a suite as tests: `pytest -p evals.pytest_plugin --pyargs evals.suite_tests --arxla-suite smoke`.

In tests of one's own the fixture `arxla_trial` is one trial, tried when the test runs: for every case of the suites
that `--arxla-suite` names, or of those that the test names itself:

    @pytest.mark.parametrize("arxla_trial", suite_cases("smoke"), indirect=True)
    def test_small_models(arxla_trial):
        assert arxla_trial.scores["model_kb"] < 60

A case that needs what is not here is a skipped test; an error of infrastructure is an error, no failure.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from evals.contracts import Case, Place, Runner, Suite, Trial
from evals.harness import no_tracing, try_case
from evals.runners import open_runner
from evals.scorers import required_of
from evals.suites import load_suite
from runtime.errors import InputError
from runtime.models.names import EXPERT
from runtime.settings import load_settings


@dataclass(frozen=True)
class SuiteCase:
    """What `arxla_trial` tries."""

    suite: Suite
    case: Case
    seed: int


class TrialError(Exception):
    """A trial met a fault of infrastructure, which says nothing of what was tried."""


def suite_cases(*suites: str, seeds: Sequence[int] | None = None) -> list[Any]:
    """A parameter for every case and seed of the suites: names, or YAML files. Raises `InputError`."""
    loaded = [load_suite(name) for name in suites]
    return [
        pytest.param(SuiteCase(suite, case, seed), id=f"{suite.name}-{case.id}-{seed}")
        for suite in loaded
        for case in suite.cases
        for seed in seeds or suite.seeds
    ]


def shortfalls(suite: Suite, trial: Trial) -> list[str]:
    """Why a trial does not pass: alarms, and required scores below 1."""
    found = list(trial.alarms)
    for name in required_of(suite.kind):
        score = trial.scores.get(name)
        if score is not None and score < 1:
            found.append(f"{name} is {score:g}")
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("arxla")
    group.addoption("--arxla-suite", action="append", default=[], help="A suite whose cases arxla_trial tries.")
    group.addoption("--arxla-model", default=EXPERT, help="provider:model, or expert.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use the fixture and name no cases take those of the command line."""
    named = any("arxla_trial" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "arxla_trial" in metafunc.fixturenames and not named:
        try:
            cases = suite_cases(*metafunc.config.getoption("--arxla-suite"))
        except InputError as fault:
            raise pytest.UsageError(str(fault)) from None
        metafunc.parametrize("arxla_trial", cases, indirect=True)


@pytest.fixture(scope="session")
def arxla_runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Suite], Runner]]:
    """The runner of each kind of suite, opened when first needed and closed at the end."""
    no_tracing()
    settings = load_settings(langsmith_tracing=False)
    runners: dict[str, Runner] = {}
    with ExitStack() as stack:

        def runner_of(suite: Suite) -> Runner:
            if suite.kind not in runners:
                place = Place(settings, tmp_path_factory.mktemp(f"arxla-{suite.kind}"), threading.Event())
                runners[suite.kind] = stack.enter_context(open_runner(suite.kind, place))
            return runners[suite.kind]

        yield runner_of


@pytest.fixture
def arxla_trial(request: pytest.FixtureRequest, arxla_runners: Callable[[Suite], Runner]) -> Trial:
    """One trial of one case, with its scores."""
    one: SuiteCase = request.param
    trial = try_case(arxla_runners(one.suite), one.suite, one.case, one.seed, request.config.getoption("--arxla-model"))
    if trial.skipped:
        pytest.skip(trial.skipped)
    if trial.error:
        raise TrialError(trial.error)
    request.node.arxla_suite = one.suite
    return trial
