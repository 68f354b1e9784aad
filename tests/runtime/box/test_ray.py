"""Boxes on the nodes of a Ray cluster: the contract of every sandbox, and a study that loses a node in the middle.

One cluster of two nodes of this machine for the whole file; its second node is killed by the last test that uses it.
"""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy
import pytest

from evals.benchmarks.faulty_answers import PROGRAM
from runtime.box import usage
from runtime.box.protocol import Runner, Sandbox
from runtime.box.registry import open_on_ray, open_sandbox
from runtime.data_profile import DataProfile, PreparedData
from runtime.errors import SandboxFailure, SandboxUnavailable
from runtime.events import Event, ignore_events
from runtime.job import Job, Status
from runtime.search_space import Hyperparameters
from runtime.training_function import TrainingFunction
from tests.runtime.box.test_contract import *  # noqa: F403  the same tests, with the sandbox below
from tools.execution import train
from tools.results.record import TuningRecord
from tools.tuning.space import validate_space
from tools.tuning.study import run_study
from tools.tuning.trial import TrialOutcome

ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.box
SCRIPT = "runtime.harness.script:run"
SLOW = "        import time; time.sleep(0.1)\n"
SPACE = {
    "epochs": {"default": 6, "type": "Integer", "low": 4, "high": 8},
    "width": {"default": 16, "type": "Integer", "low": 8, "high": 32},
    "lr": {"default": 0.01, "type": "Real", "low": 1e-4, "high": 0.1, "prior": "log-uniform"},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator["ray.cluster_utils.Cluster"]:
    from ray.cluster_utils import Cluster

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.delenv("RAY_ADDRESS", raising=False)
        environment.setattr("runtime.box.ray.seats.IDLE_S", 1.0)  # two sandboxes share the two CPUs
        store = 100 << 20
        found = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "object_store_memory": store, "include_dashboard": False},
        )
        found.add_node(num_cpus=1, object_store_memory=store)
        yield found
        found.shutdown()
    signal.signal(signal.SIGTERM, handler)  # which a cluster of this process takes


@pytest.fixture(scope="module")
def sandbox(cluster) -> Iterator[Sandbox]:
    try:
        opened = open_on_ray(cluster.address, "zygote")
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def isolated(sandbox: Sandbox) -> Sandbox:
    return sandbox


def test_both_nodes_are_offered(sandbox):
    assert (sandbox.side_by_side("cpu"), sandbox.side_by_side("xla")) == (2, 2)


def test_large_inputs_and_outputs_travel_whole_and_only_once(sandbox, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("runtime.box.ray.content.PART_BYTES", 1 << 20)
    sent = []
    monkeypatch.setattr("runtime.box.ray.remote.parts_of", lambda path: sent.append(path.name) or iter(_parts(path)))
    content = os.urandom((5 << 20) + 7)
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/big.bin").write_bytes(content)
    (tmp_path / "empty").touch()
    source = "import shutil, sys, os\nshutil.copy(sys.argv[1], 'copy.bin')\nprint(os.path.getsize(sys.argv[2]))"
    job = Job(
        name="x", entry=SCRIPT, scratch=tmp_path / "scratch",
        payload={"source": source, "argv": ["/box/in/deep/er/big.bin", "/box/in/empty"]},
        inputs={"deep": tmp_path / "deep", "empty": tmp_path / "empty"},
    )  # fmt: skip
    for _ in range(6):  # so that both nodes have it
        result = sandbox.run(job)
        assert result.stdout == "0\n", result
        assert (tmp_path / "scratch/copy.bin").read_bytes() == content
    assert max(Counter(sent).values()) <= 2, "once a node"


def _parts(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return [content[start : start + (1 << 20)] for start in range(0, max(1, len(content)), 1 << 20)]


@pytest.mark.usefixtures("sandbox")
def test_a_node_with_other_code_is_refused_in_one_sentence(cluster, monkeypatch):
    from runtime.box.ray import remote

    other = remote.versions() | {"torch": "1.0"}
    monkeypatch.setattr(remote, "versions", lambda: other)
    with pytest.raises(SandboxUnavailable, match=r"torch .*, here 1\.0\): install the same"):
        open_on_ray(cluster.address, "none")


def test_workers_see_no_secret(sandbox, run):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", "sk-not-for-nodes")
        assert "sk-not" not in run(sandbox, "print(dict(os.environ))").stdout


def test_cancelled_while_it_waits_for_a_cpu(sandbox, run, tmp_path: Path):
    full, stop = threading.Event(), threading.Event()

    def hold(number: int) -> None:
        job = Job(
            name="hold", entry=SCRIPT, payload={"source": "import time\ntime.sleep(60)"}, scratch=tmp_path / str(number)
        )
        ends[number] = sandbox.run(job, cancel=stop).status

    ends: dict[int, Status] = {}
    holders = [threading.Thread(target=hold, args=(number,)) for number in range(2)]
    for holder in holders:
        holder.start()
    threading.Timer(1.0, full.set).start()
    begin = time.monotonic()
    assert run(sandbox, "print(1)", cancel=full).status is Status.CANCELLED
    assert time.monotonic() - begin < 5
    stop.set()
    for holder in holders:
        holder.join(10)
    assert ends == {0: Status.CANCELLED, 1: Status.CANCELLED}


@pytest.mark.usefixtures("sandbox")
def test_a_cluster_without_any_node_is_not_waited_for(monkeypatch):
    from runtime.box.ray import seats

    monkeypatch.setattr(seats, "DESERTED_S", 0.1)
    with pytest.raises(SandboxFailure, match="no node left with CPU"):
        seats.Seats({"CPU": 64.0}, lambda: False).take(None, ignore_events, None)


@pytest.mark.usefixtures("sandbox")
def test_what_dying_nodes_say_is_not_printed(capsys):
    ray._private.worker.print_to_stdstream({"lines": ["I die"], "pid": "raylet", "is_err": False}, False)
    assert capsys.readouterr() == ("", "")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> PreparedData:
    """Three classes that a small network learns."""
    folder, generator = tmp_path_factory.mktemp("data"), numpy.random.default_rng(0)
    for part, rows in (("train", 120), ("val", 60)):
        y = generator.integers(0, 3, rows)
        X = generator.normal(size=(rows, 4)).astype(numpy.float32) + y[:, None]
        numpy.save(folder / f"X_{part}.npy", X.astype(numpy.float32))
        numpy.save(folder / f"y_{part}.npy", y)
    profile = DataProfile(
        dataset_name="points", shape=(180, 4), is_tabular=True, sample_count=180, feature_count=4, num_classes=3
    )
    return PreparedData(
        folder=str(folder), profile=profile, train_count=120, val_count=60, test_count=0, normalizer="", content_hash=""
    )


def study(
    boxes: list[Runner], data: PreparedData, folder: Path, seen: Callable[[Runner, int, Event], None]
) -> TuningRecord:
    """Five trials, which know nothing of one another, as many at once as there are boxes."""
    code = PROGRAM.replace("    for epoch in range(epochs):\n", "    for epoch in range(epochs):\n" + SLOW)
    function = TrainingFunction(
        model_name="MLP", training_code=code, bo_config=SPACE, confidence=0.5, data_profile=data.profile, timestamp=0,
        metadata={},
    )  # fmt: skip
    free: SimpleQueue[Runner] = SimpleQueue()
    for box in boxes:
        free.put(box)

    def evaluate(index: int, values: Hyperparameters) -> TrialOutcome:
        box = free.get()
        try:
            run = train(
                box, function, data, values, target="cpu", seed=0, scratch=folder / f"trial-{index}",
                emit=lambda event: seen(box, index, event),
            )  # fmt: skip
        finally:
            free.put(box)
        assert not run.failed, run.failure_line
        assert run.size is not None
        node = run.execution.node
        return TrialOutcome(state="completed", score=run.score, model_kb=run.size.real_kb, node=node)

    return run_study(
        validate_space(SPACE), [], evaluate, trials=5, state_file=folder / "study.json", tuner="random", seed=3,
        workers=len(boxes),
    )  # fmt: skip


def test_a_killed_worker_costs_no_job(cluster, sandbox, tmp_path: Path):
    """What Ray does where a node is short of memory."""
    said: list[Event] = []
    cold = open_on_ray(cluster.address, "none")

    def end_it(event: Event) -> None:
        said.append(event)
        if event.get("step") == 0:
            (seat,) = cold._seats._busy
            ray.kill(cold._boxes[seat.node]._box)

    job = Job(name="probe", entry="runtime.harness.probe:run", payload={"events": 2}, scratch=tmp_path)
    assert cold.run(job, end_it).ok
    cold.close()
    assert [event["step"] for event in said if "step" in event] == [0, 1]
    assert any("probe runs again on another node" in event.get("text", "") for event in said)
    assert sandbox.run(job).ok, "the connection is shared, and still open"


def test_a_study_that_loses_a_node_ends_as_it_does_here(cluster, sandbox, data, tmp_path: Path):
    with open_sandbox("none").session() as box:
        expected = study([box], data, tmp_path / "local", lambda *_: None)
    doomed = cluster.list_all_nodes()[-1]
    said: list[tuple[int, Event]] = []
    killed: list[int] = []

    def kill_one(box: Runner, index: int, event: Event) -> None:
        said.append((index, event))
        if event["kind"] == "epoch" and event["epoch"] == 2 and box.node == doomed.node_id and not killed:
            killed.append(index)
            cluster.remove_node(doomed, allow_graceful=False)

    with sandbox.session() as first, sandbox.session() as second:
        found = study([first, second], data, tmp_path / "ray", kill_one)
    assert killed, "a trial was running on the node that was killed"
    assert _results(found) == _results(expected)
    epochs = Counter((index, event["epoch"]) for index, event in said if event["kind"] == "epoch")
    assert set(epochs.values()) == {1}, "what was told before the node was lost is not told again"
    assert any("runs again" in event.get("text", "") for _, event in said)


def _results(record: TuningRecord) -> list[dict[str, object]]:
    measured = {"index", "hyperparameters", "state", "score", "model_kb"}
    return sorted((trial.model_dump(include=measured) for trial in record.trials), key=lambda trial: trial["index"])


def test_a_ray_of_our_own_gets_no_secret_and_ends_with_us():
    body = """
        import os, time
        from runtime.box.registry import open_on_ray
        sandbox = open_on_ray(None, "none")
        print(sandbox.side_by_side("xla"), flush=True)
        time.sleep(60)
    """
    environment = os.environ | {"OPENAI_API_KEY": "sk-not-for-ray"}
    environment.pop("RAY_ADDRESS", None)
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(body)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert owner.stdout is not None and owner.stderr is not None
    assert owner.stdout.readline() == b"1\n", owner.stderr.read()
    started = set(usage.tree(owner.pid)) - {owner.pid}
    assert len(started) > 5
    assert not [pid for pid in started if b"sk-not-for-ray" in Path(f"/proc/{pid}/environ").read_bytes()]
    owner.send_signal(signal.SIGTERM)
    assert owner.wait(5) == -signal.SIGTERM
    assert owner.stderr.read() == b"", "Ray is quiet"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in started):
        time.sleep(0.05)
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
