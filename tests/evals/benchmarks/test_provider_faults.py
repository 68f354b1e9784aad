"""The faults do what their names say, and the benchmark sees a broken promise."""

import asyncio
import hashlib

import pytest

from evals.benchmarks import faulty_model
from evals.benchmarks.faulty_answers import PROGRAM, SLIPS
from evals.benchmarks.faulty_model import FAULTS, FaultyModel
from evals.benchmarks.provider_faults import QUICK, fault_of, measure, summarise
from runtime.errors import ModelUnavailable, UnusableAnswer
from runtime.models.calls import ModelCalls
from runtime.models.usage import Budget, Ledger
from runtime.outcome import Outcome
from runtime.settings import load_settings
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.record import Evidence, Measurement, ModelSize, RunRecord

HARMLESS = {"slow, then whole", "odd counts"}
READ = {"refusal", "refusal field", "content filter", "nonsense", "too long an answer", "odd characters"}
"""Whatever was said is read by whoever asked, and asked for again."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(faulty_model, "HANG_S", 1.0)
    with FaultyModel(share=1.0, seed=0) as made:
        yield made


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_without_end_is_a_typed_failure(kind: str, server: FaultyModel, monkeypatch) -> None:
    monkeypatch.setattr(faulty_model, "FAULTS", {kind: FAULTS[kind]})
    quick = QUICK | {"arxla_model_timeout_s": 0.4, "arxla_model_attempts": 3}
    settings = load_settings(env_file=None, **quick)
    calls = ModelCalls({"coder": f"openai:coder@{server.base_url('run')}"}, settings, Ledger(), Budget())

    def read(text: str) -> str:
        if "def train_model" not in text or "?" in text or not text.rstrip().endswith("```"):
            raise UnusableAnswer("no program in it")
        return text

    if kind in HARMLESS:
        monkeypatch.setattr(faulty_model, "PIECE", 2000)
        assert PROGRAM[:100] in calls.ask("coder", "system", "user", read)
    else:
        with pytest.raises((ModelUnavailable, UnusableAnswer)) as raised:
            calls.ask("coder", "system", "user", read)
        assert raised.type is UnusableAnswer or kind not in READ
    assert set(server.faults["run"]) == {kind}


def test_each_slip_is_in_the_program() -> None:
    for right, wrong in SLIPS:
        assert right in PROGRAM and PROGRAM.replace(right, wrong) != PROGRAM
    compile(PROGRAM, "program", "exec")


@pytest.mark.box
@pytest.mark.timeout(240)
def test_whole_runs_keep_their_promises(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    ended = asyncio.run(measure(["a", "b", "c"], share=0.5, seed=3, parallel=2, limit_s=120))
    summary = summarise(ended, 1.0)
    assert not summary.broken
    assert summary.faults and sum(summary.outcomes.values()) == 3


class TestBrokenPromises:
    @pytest.fixture
    def folder(self, tmp_path) -> RunFolder:
        return RunFolder(tmp_path)

    @pytest.fixture
    def record(self, tmp_path) -> RunRecord:
        files = {name: name.encode() for name in ("model", "graph", "predictions")}
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        accuracy = Measurement(metric="accuracy", score=0.9)
        evidence = Evidence(
            test=accuracy, validation=accuracy, baselines={"majority": 0.3}, beats_baselines=True,
            size=ModelSize(parameters=1, quantization_bits=8, real_bytes=5, formula_kb=1.0), size_limit_kb=256,
            test_rows=24, model_file="model", graph_file="graph", predictions_file="predictions", project_folder="p",
            project_ran=True,
            hashes={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        )  # fmt: skip
        return RunRecord(
            id="x", task=Task(dataset="iris"), started="now", outcome=Outcome.SUCCESS, message="done", evidence=evidence
        )

    def test_none(self, record, folder) -> None:
        assert fault_of(record, folder) == ""

    def test_a_file_that_was_changed(self, record, folder) -> None:
        (folder.path / "predictions").write_bytes(b"better")
        assert "predictions" in fault_of(record, folder)

    def test_a_file_without_hash(self, record, folder) -> None:
        del record.evidence.hashes["graph"]
        assert "graph" in fault_of(record, folder)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"evidence": None}, "SUCCESS without evidence"),
            ({"outcome": None}, "without an outcome"),
            ({"message": ""}, "without an outcome or a sentence"),
            ({"outcome": Outcome.STOP_PIPELINE}, "no cause"),
        ],
    )
    def test_an_end_that_is_none(self, record, folder, change, says) -> None:
        assert says in fault_of(record.model_copy(update=change), folder)
