"""An evaluation on LangSmith, as its client really sends it, to a server that keeps what it gets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langsmith_server import LangSmithServer

from evals.contracts import Case, Suite, Trial
from evals.folder import EvaluationFolder, Plan
from evals.upload import upload
from runtime.errors import InputError, SourceUnavailable
from runtime.settings import Settings, load_settings

KEY = "lsv2_pt_RECOGNISABLE"
Make = Callable[..., EvaluationFolder]


def settings_for(server: LangSmithServer, **more: Any) -> Settings:
    return load_settings(env_file=None, langsmith_api_key=KEY, langsmith_endpoint=server.address, **more)


@pytest.fixture
def evaluation(tmp_path: Path) -> Make:
    def make(threshold: float = 0.9) -> EvaluationFolder:
        cases = [
            Case(id=name, given={"dataset": name}, expected={"score": threshold}) for name in ("wine", "iris", "ecg")
        ]
        plan = Plan(
            suite=Suite(name="tiny", kind="dataset", cases=cases), models=["expert", "openai:m"], seeds=[0, 1],
            started="2026-11-20T10:00:00+00:00",
        )  # fmt: skip
        folder = EvaluationFolder.create(tmp_path, plan)
        for model in plan.models:
            for seed in plan.seeds:
                output = {"outcome": "SUCCESS", "folder": "/secret/place", "message": f"key {KEY}"}
                scores = {"success": 1.0, "lead": None, "usd": 0.25}
                folder.add(Trial(case="wine", seed=seed, model=model, output=output, scores=scores, seconds=2.0))
            folder.add(Trial(case="iris", seed=0, model=model, error="ModelUnavailable: down"))
            folder.add(Trial(case="ecg", seed=0, model=model, skipped="not here"))
        return folder

    return make


def test_a_suite_becomes_a_dataset_and_each_model_an_experiment(evaluation: Make) -> None:
    folder = evaluation()
    with LangSmithServer() as server:
        said = upload(settings_for(server), folder)
    (dataset,) = server.datasets.values()
    assert dataset["name"] == "arxla tiny" and "arxla tiny" in said and folder.path.name in said
    by_case = {example["metadata"]["case"]: example for example in server.examples.values()}
    assert by_case["wine"]["inputs"] == {"case": "wine", "dataset": "wine"} and by_case["wine"]["outputs"] == {
        "score": 0.9
    }
    assert sorted(one["name"] for one in server.projects.values()) == [
        f"{folder.path.name} {m}" for m in ("expert", "openai:m")
    ]
    assert all(one["reference_dataset_id"] == dataset["id"] for one in server.projects.values())
    assert len(server.runs) == 6, "two trials and an error a model; the skipped case was not tried"
    run = next(one for one in server.runs.values() if one.get("outputs"))
    assert run["reference_example_id"] == by_case["wine"]["id"] and run["session_name"].startswith(folder.path.name)
    assert any(one.get("error") == "ModelUnavailable: down" for one in server.runs.values())
    assert (
        sorted((one["key"], one["score"]) for one in server.feedback.values())
        == [("success", 1.0)] * 4 + [("usd", 0.25)] * 4
    )
    assert {one["run_id"] for one in server.feedback.values()} <= server.runs.keys()
    sent = str(server.runs) + str(server.examples)
    assert KEY not in sent and "/secret/place" not in sent and "********" in sent
    assert all(headers["x-api-key"] == KEY for _, _, headers in server.requests)


def test_a_second_upload_doubles_nothing_and_brings_the_cases_up_to_date(evaluation: Make) -> None:
    with LangSmithServer() as server:
        folder = evaluation()
        upload(settings_for(server), folder)
        before = len(server.examples), len(server.runs), len(server.feedback), len(server.projects)
        upload(settings_for(server), folder)
        assert before == (len(server.examples), len(server.runs), len(server.feedback), len(server.projects))
        upload(settings_for(server), evaluation(threshold=0.95))
    assert len(server.datasets) == 1 and len(server.examples) == 3 and len(server.projects) == 4
    assert {example["outputs"]["score"] for example in server.examples.values()} == {0.95}


@pytest.mark.parametrize("status", [401, 422])
def test_a_refusal_is_said_with_what_to_do_and_without_the_key(evaluation: Make, status: int) -> None:
    folder = evaluation()
    with LangSmithServer(status) as server, pytest.raises(SourceUnavailable) as raised:
        upload(settings_for(server), folder)
    assert f"arxla eval --resume {folder.path} --upload" in str(raised.value) and "verysecret" not in str(raised.value)


def test_nobody_there_is_said_too(evaluation: Make) -> None:
    with LangSmithServer() as server:
        gone = server.address
    settings = load_settings(env_file=None, langsmith_api_key=KEY, langsmith_endpoint=gone)
    with pytest.raises(SourceUnavailable, match="took no upload"):
        upload(settings, evaluation())


def test_without_a_key_nothing_is_sent(evaluation: Make) -> None:
    with pytest.raises(InputError, match="LANGSMITH_API_KEY"):
        upload(load_settings(env_file=None), evaluation())
