"""One contract for every tuner."""

import math
import os
import signal
import subprocess
import sys
import time

import pytest

from runtime.errors import InputError
from tools.tuning.encoding import is_inside, same_point
from tools.tuning.linear import linear_inequalities
from tools.tuning.protocol import INITIAL_DESIGN, TunerError, TunerSpec, open_tuner
from tools.tuning.space import validate_space

SPACE = validate_space(
    {
        "lr": {"type": "Real", "default": 0.01, "low": 1e-5, "high": 1.0, "prior": "log-uniform"},
        "width": {"type": "Integer", "default": 32, "low": 8, "high": 512, "prior": "log-uniform"},
        "depth": {"type": "Integer", "default": 1, "low": 1, "high": 6},
        "extra": {"type": "Integer", "default": 1, "low": 1, "high": 6},
        "bits": {"type": "Categorical", "default": 8, "categories": [32, 8, 16]},
        "act": {"type": "Categorical", "default": "relu", "categories": ["relu", "gelu"]},
    }
)
CONSTRAINTS = ["depth + extra <= 8", "width % depth == 0"]
LIMIT_KB = 256.0


def objective(values):
    """Best at lr 0.003, width 128."""
    return -abs(math.log10(values["lr"]) + 2.5) - abs(math.log2(values["width"]) - 7) / 4


def size_kb(values):
    return values["width"] * values["bits"] / 8


@pytest.fixture(params=["random", "optuna", "ax"], scope="module")
def tuner(request):
    """One tuner for all contract tests, since Ax takes seconds to start."""
    if request.param == "optuna":
        pytest.importorskip("optuna")
    with open_tuner(request.param, TunerSpec(SPACE, [], seed=3, size_limit_kb=LIMIT_KB)) as opened:
        opened.attach({"lr": 0.01, "width": 32, "depth": 1, "extra": 1, "bits": 8, "act": "relu"}, -1.0, 32.0)
        yield opened


def answer(tuner, suggestion):
    tuner.tell(suggestion.index, objective(suggestion.hyperparameters), size_kb(suggestion.hyperparameters))


def test_suggestions_are_inside_the_space_and_numbered_apart(tuner):
    suggestions = [tuner.ask() for _ in range(INITIAL_DESIGN)]
    assert len({suggestion.index for suggestion in suggestions}) == INITIAL_DESIGN
    for suggestion in suggestions:
        assert is_inside(SPACE, suggestion.hyperparameters)
        answer(tuner, suggestion)


def test_several_suggestions_may_be_open_and_differ(tuner):
    first, second = tuner.ask(), tuner.ask()
    assert first.index != second.index
    assert is_inside(SPACE, first.hyperparameters)
    assert is_inside(SPACE, second.hyperparameters)
    answer(tuner, second)
    answer(tuner, first)


def test_an_objective_that_is_not_finite_is_refused_and_the_suggestion_stays_open(tuner):
    suggestion = tuner.ask()
    for bad in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(ValueError, match="abandon"):
            tuner.tell(suggestion.index, bad, 10.0)
    tuner.abandon(suggestion.index, "not finite")
    with pytest.raises(ValueError, match="not open"):
        tuner.abandon(suggestion.index, "again")


def test_an_answered_suggestion_is_closed(tuner):
    suggestion = tuner.ask()
    answer(tuner, suggestion)
    with pytest.raises(ValueError, match="not open"):
        answer(tuner, suggestion)
    with pytest.raises(ValueError, match="not open"):
        tuner.tell(10_000, 0.5, None)


def test_points_from_elsewhere_are_taken_also_failed_ones_and_those_of_unknown_size(tuner):
    tuner.attach({"lr": 0.002, "width": 128, "depth": 2, "extra": 2, "bits": 8, "act": "gelu"}, -0.2, None)
    tuner.attach({"lr": 1.0, "width": 512, "depth": 1, "extra": 1, "bits": 32, "act": "relu"}, None, None)
    tuner.attach({"lr": 0.001, "width": 300, "depth": 6, "extra": 6, "bits": 8, "act": "relu"}, -0.6, 300.0)
    suggestion = tuner.ask()
    assert is_inside(SPACE, suggestion.hyperparameters)
    answer(tuner, suggestion)


def test_closing_twice_is_allowed():
    with open_tuner("random", TunerSpec(SPACE)) as opened:
        opened.close()
        assert opened.close() is None


@pytest.mark.parametrize("name", ["random", "optuna", "ax"])
def test_the_same_seed_starts_the_same_and_a_resumed_sequence_goes_on(name):
    if name == "optuna":
        pytest.importorskip("optuna")

    def drawn(count, **spec):
        with open_tuner(name, TunerSpec(SPACE, seed=11, **spec)) as opened:
            return [same_point(opened.ask().hyperparameters) for _ in range(count)]

    whole = drawn(4)
    assert drawn(4) == whole
    assert drawn(2, skip=2) == whole[2:]


def test_an_unknown_tuner_is_an_input_error():
    with pytest.raises(InputError, match="choose one of ax, optuna, random"), open_tuner("magic", TunerSpec(SPACE)):
        pass


def test_only_linear_relations_over_linear_ranges_reach_ax():
    texts = ["depth + extra <= 8", "2 * depth >= extra", "width % depth == 0", "depth * extra <= 9", "width <= depth"]
    assert [str(one) for one in linear_inequalities(texts, SPACE)] == [
        "1.0*depth + 1.0*extra <= 8.0",
        "-2.0*depth + 1.0*extra <= -0.0",
    ]


def test_ax_learns_keeps_its_constraint_and_survives_the_loss_of_its_process():
    with open_tuner("ax", TunerSpec(SPACE, CONSTRAINTS, seed=1)) as tuner:
        fits = 0
        while fits < INITIAL_DESIGN:
            suggestion = tuner.ask()
            answer(tuner, suggestion)
            fits += suggestion.hyperparameters["depth"] + suggestion.hyperparameters["extra"] <= 8
        os.kill(tuner.worker_pid, signal.SIGKILL)
        models = [tuner.ask() for _ in range(2)]
        for suggestion in models:
            values = suggestion.hyperparameters
            assert values["depth"] + values["extra"] <= 8
            assert is_inside(SPACE, values)
            answer(tuner, suggestion)
        assert same_point(models[0].hyperparameters) != same_point(models[1].hyperparameters)


def test_an_ax_that_keeps_dying_is_a_typed_failure(monkeypatch):
    monkeypatch.setattr("tools.tuning.ax_tuner.WORKER", "tools.tuning.no_such_module")
    with open_tuner("ax", TunerSpec(SPACE, seed=1)) as tuner:
        for _ in range(INITIAL_DESIGN):
            answer(tuner, tuner.ask())
        with pytest.raises(TunerError, match="no_such_module"):
            tuner.ask()


def test_the_ax_process_dies_with_its_parent():
    code = (
        "import time\n"
        "from tools.tuning.worker_process import WorkerProcess\n"
        "worker = WorkerProcess('tools.tuning.ax_worker')\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        time.sleep(1.0)
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _alive(worker):
        time.sleep(0.1)
    assert not _alive(worker)


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
