"""The loop of the debug suite, on programs that are run for real."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import Correction, DebugRequest
from evals.contracts import Case, Place
from evals.debugging.bench import Bench, Version, as_described
from evals.debugging.programs import Program, corpus, prepared
from evals.runners.debug import cases, debug, kept, opened
from evals.scorers import debug as scorers
from evals.suites import load_suite
from runtime.box.protocol import Sandbox
from runtime.box.registry import open_sandbox
from runtime.errors import Cancelled, UnusableAnswer
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.outcome import StopCause
from runtime.settings import load_settings
from runtime.task import Task

NAME = "key_hyperparameter"
TASK = Task(dataset="synthetic:tabular", target="cpu")
MakeBench = Callable[[str], Bench]


class Scripted:
    """Answers one correction after the other, and keeps what it was asked."""

    def __init__(self, *answers: Correction | Exception) -> None:
        self.answers, self.asked = list(answers), list[DebugRequest]()

    def correct(self, request: DebugRequest) -> Correction:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened_box = open_sandbox("auto")
    yield opened_box
    opened_box.close()


@pytest.fixture(scope="module")
def bench_of(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> MakeBench:
    folder = tmp_path_factory.mktemp("data")

    def make(name: str) -> Bench:
        (program,) = corpus(name)
        scratch = tmp_path_factory.mktemp("scratch")
        return Bench(program, prepared(program, folder), sandbox, 0, threading.Event(), scratch)

    return make


def code(text: str) -> Correction:
    return Correction(kind="training_code", explanation="other code", training_code=text)


def gutted(bench: Bench) -> str:
    """A program that runs and learns nothing."""
    return bench.program.twin(bench.data).training_code.replace("loss = nn.", "loss = 0.0 * nn.")


@pytest.mark.box
def test_the_twin_as_a_correction_counts_as_repaired(bench_of: MakeBench) -> None:
    bench = bench_of(NAME)
    debugger = Scripted(code(bench.program.twin(bench.data).training_code))
    told = debug(bench, debugger, TASK)
    assert told["as_described"] and told["repaired"] and told["end"] == "repaired"
    assert told["kinds"] == ["training_code"] and told["kept"] > 0.9
    assert told["score"] > told["learns_from"] > 0.5
    assert debugger.asked[0].failure.error is not None and debugger.asked[0].failure.error.type == "KeyError"
    assert debugger.asked[0].hyperparameters["hidden_size"] == 40


@pytest.mark.box
def test_a_gutted_program_is_not_repaired(bench_of: MakeBench) -> None:
    bench = bench_of(NAME)
    told = debug(bench, Scripted(code(gutted(bench))), TASK)
    assert not told["repaired"] and told["end"] == "runs, and learns next to nothing"


@pytest.mark.box
def test_the_loop_ends(bench_of: MakeBench) -> None:
    bench = bench_of(NAME)
    source = bench.program.source
    stop = Correction(kind="system_issue", explanation="no", cause=StopCause.UNKNOWN)
    assert debug(bench, Scripted(stop), TASK)["end"] == "system issue"
    told = debug(bench, Scripted(code(source), code(source)), TASK)
    assert told["end"] == "the same correction twice" and not told["repaired"] and len(told["kinds"]) == 2
    wrong = [code(f"{source}\n# {number}\n") for number in range(5)]
    told = debug(bench, Scripted(*wrong), TASK)
    assert told["end"] == "4 corrections did not cure it" and len(told["kinds"]) == 4
    told = debug(bench, Scripted(UnusableAnswer("no code in it")), TASK)
    assert told["end"] == "no correction: no code in it" and not told["repaired"]
    unsafe = f"import subprocess\nsubprocess.run(['ls'])\n{bench.program.twin(bench.data).training_code}"
    assert "the reviewer refuses" in debug(bench, Scripted(code(unsafe)), TASK)["end"]


@pytest.mark.box
def test_an_honest_stop_counts_where_nothing_can_help(bench_of: MakeBench) -> None:
    bench = bench_of("memory_no_room_at_all")
    stop = Correction(kind="system_issue", explanation="too little memory", cause=StopCause.OUT_OF_MEMORY)
    assert debug(bench, Scripted(stop), TASK)["repaired"]
    other = stop.model_copy(update={"cause": StopCause.UNKNOWN})
    assert not debug(bench, Scripted(other), TASK)["repaired"], "the cause counts"


@pytest.mark.box
def test_the_expert_through_the_suite(tmp_path: Path) -> None:
    place = Place(load_settings(env_file=None), tmp_path, threading.Event())
    suite = load_suite("debug")
    case = next(case for case in suite.cases if case.id == "shape_linear_after_conv")
    with opened(place) as run:
        told = run(case, 0, "expert")
        place.cancel.set()
        with pytest.raises(Cancelled):
            run(case, 1, "expert")
    assert told["repaired"] and told["usage"] == []
    scores = {scorer.__name__: scorer(case, told) for scorer in scorers.SCORERS}
    assert scores == {
        "repaired": 1.0, "repaired_tuned": 1.0, "repaired_held_out": None, "repaired_in_place": 1.0,
        "expected_kind": 1.0, "debug_rounds": 1.0,
    }  # fmt: skip
    assert scorers.alarms(case, told) == []


def test_there_is_a_case_for_every_program() -> None:
    assert [case.id for case in cases()] == [program.name for program in corpus()]


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, True),
        ({"fails": "execution, raised in call: KeyError"}, False),
        ({"fails": "smoke run, raised in load: KeyError"}, False),
        ({"fails": "smoke run, raised in call: ValueError"}, False),
        ({"fails": "smoke run, timed_out"}, False),
        ({"fails": "smoke run, any"}, True),
        ({"fails": "size limit"}, False),
        ({"says": "something else"}, False),
    ],
)
def test_a_failure_is_compared_with_its_description(changes: dict[str, Any], right: bool) -> None:
    (program,) = corpus(NAME)
    told = Program.model_validate(program.model_dump() | changes)
    error = ErrorReport(type="KeyError", message="'hidden_dim'", phase="call")
    failed = ExecutionResult(status=Status.RAISED, error=error)
    assert as_described(told, _version(failed)) is right


def _version(failed: ExecutionResult) -> Version:
    from runtime.data_profile import DataProfile
    from runtime.training_function import TrainingFunction

    profile = DataProfile(dataset_name="x", shape=(4, 2), sample_count=4, feature_count=2)
    function = TrainingFunction(
        model_name="x", training_code="", bo_config={}, confidence=0.5, data_profile=profile, timestamp=0
    )
    return Version(function=function, stage="smoke run", execution=failed, hyperparameters={})


def test_what_is_kept_of_a_program() -> None:
    assert kept("a\nb\nc\nd", "a\n  b\nx\nd") == 0.75
    assert kept("a\nb", "y") == 0.0


def test_a_program_that_does_not_fail_as_described_is_an_alarm() -> None:
    case = Case(id="x", expected={"kinds": ["training_code"]})
    assert "does not fail as described" in scorers.alarms(case, {"as_described": False, "failure": ": "})[0]
