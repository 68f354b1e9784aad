"""Whole runs as trials: recorded, replayed without a server, and scored by what is on disk."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Say

from evals.contracts import Case, CaseSkipped, Place, Runner
from evals.harness import try_case
from evals.runners import open_runner
from evals.runners.whole_run import task_of
from evals.scorers import scorers_of
from evals.suites import Suite, load_suite
from runtime.errors import InputError, ModelUnavailable
from runtime.settings import Settings, load_settings
from tests.graph.test_model_runs import FINE, says
from tools.results.record import RunRecord

GIVEN = {"dataset": "wine", "target": "cpu", "trials": 0, "skip_literature_review": True}


@dataclass(frozen=True)
class Tapes(Place):
    """Records where a case says so, and replays the others."""

    def settings_for(self, case: Case, seed: int, model: str) -> Settings:  # noqa: ARG002
        name = "arxla_record" if "record" in case.tags else "arxla_replay"
        return self.settings.model_copy(update={name: self.folder / "tape"})


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    settings = load_settings(env_file=None, arxla_offline=True, arxla_model_wait_s=0.01, arxla_model_max_wait_s=0.02)
    place = Tapes(settings, tmp_path_factory.mktemp("evaluation"), threading.Event())
    with open_runner("dataset", place) as opened:
        yield opened


@pytest.fixture(scope="module")
def recorded(runner: Runner) -> dict[str, Any]:
    with OpenAIServer(Say(says()), FINE) as server:
        return runner(Case(id="first", given=GIVEN, tags=["record"]), 0, f"openai:m@{server.base_url}")


@pytest.mark.box
def test_a_replayed_run_ends_as_the_recorded_one_and_says_what_it_is(runner: Runner, recorded: dict[str, Any]) -> None:
    assert recorded["outcome"] == "SUCCESS" and not recorded["replayed"]
    suite = Suite(name="s", kind="dataset")
    trial = try_case(runner, suite, Case(id="again", given=GIVEN, expected={"score": 0.5}), 0, "openai:m")
    assert not trial.error and trial.replayed and trial.usd == 0.0 and trial.tokens == 300
    assert trial.output["outcome"] == "SUCCESS" and trial.output["generated_by"] == "openai:m (replayed)"
    assert trial.output["evidence"]["test"] == recorded["evidence"]["test"]
    assert trial.scores["success"] == trial.scores["reached"] == trial.scores["under_limit"] == 1.0
    assert any("replayed" in text for text in trial.output["warnings"])
    assert "(replayed)" in Path(trial.output["folder"], "report.html").read_text()


@pytest.mark.box
def test_a_recording_that_runs_out_is_an_error_and_asks_nobody(runner: Runner, recorded: dict[str, Any]) -> None:
    assert recorded
    with pytest.raises(ModelUnavailable, match=r"recording .* holds 1 answers of the coder"):
        runner(Case(id="more", given={**GIVEN, "candidates": 2}), 0, "openai:m")
    with pytest.raises(InputError, match="no recording"):
        runner(Case(id="other", given={**GIVEN, "dataset": "iris"}), 0, "openai:m")
    with pytest.raises(InputError, match=r"name the recorded --model \(openai:m\)"):
        runner(Case(id="expert", given=GIVEN), 0, "expert")


@pytest.mark.box
def test_a_provider_that_refuses_is_an_error_of_infrastructure(runner: Runner) -> None:
    with OpenAIServer(*[Fail(401, "invalid_api_key")] * 9) as server:
        case = Case(id="refused", given={**GIVEN, "dataset": "iris"}, tags=["record"])
        trial = try_case(runner, Suite(name="s", kind="dataset"), case, 0, f"openai:m@{server.base_url}")
    assert trial.error.startswith("ModelUnavailable: ") and not trial.scores and not trial.output


@pytest.mark.box
def test_success_is_not_believed_without_its_files(recorded: dict[str, Any], tmp_path: Path) -> None:
    import shutil

    from evals.scorers.whole_run import alarms

    case, scorers = Case(id="a"), scorers_of("dataset")
    for number, harm in enumerate(("change", "remove", "unhash", "invent")):
        folder = tmp_path / str(number)
        shutil.copytree(recorded["folder"], folder)
        output = RunRecord.model_validate(
            {name: value for name, value in recorded.items() if name != "folder"}
        ).model_dump(mode="json") | {"folder": str(folder)}
        model = folder / output["evidence"]["model_file"]
        assert scorers["success"](case, output) == 1.0 and alarms(case, output) == []
        if harm == "change":
            model.write_bytes(model.read_bytes() + b" ")
        elif harm == "remove":
            model.unlink()
        elif harm == "unhash":
            del output["evidence"]["hashes"][output["evidence"]["model_file"]]
        else:
            output["evidence"] = None
        assert scorers["success"](case, output) == 0.0, harm
        assert scorers["measured_score"](case, output) is None
        assert alarms(case, output)[0].startswith("SUCCESS WITHOUT EVIDENCE")


def test_what_is_not_here_is_skipped_and_named(tmp_path: Path) -> None:
    settings = load_settings(env_file=None, arxla_offline=True, arxla_cache_dir=tmp_path, arxla_data_dir=tmp_path)
    cases = {case.id: case for case in load_suite("datasets").cases}
    with pytest.raises(CaseSkipped, match="ecg5000"):
        task_of(cases["ecg5000"], 0, "expert", settings)
    with pytest.raises(CaseSkipped, match="fashion_mnist"):
        task_of(cases["fashion_mnist"], 0, "expert", settings)
    papers = {case.id: case for case in load_suite("papers").cases}
    with pytest.raises(CaseSkipped, match="mnist"):
        task_of(papers["small_convolutions_recommended"], 0, "expert", settings)
    task = task_of(papers["small_convolutions"], 3, "expert", settings)
    assert Path(task.paper or "").is_file() and task.seed == 3 and not task.use_cache
    with pytest.raises(CaseSkipped, match=r"no paper gone\.md"):
        task_of(Case(id="x", given={"paper": "gone.md"}), 0, "expert", settings)
    with pytest.raises(InputError, match="trails is not a field"):
        task_of(Case(id="x", given={"dataset": "wine", "trails": 3}), 0, "expert", settings)
