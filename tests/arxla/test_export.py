import pytest

from arxla.commands.export import export, last_function
from runtime.errors import InputError
from runtime.outcome import Outcome
from runtime.search_space import parse_search_space
from runtime.task import Task
from runtime.training_function import TrainingFunction
from tools.datasets import prepare
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

CODE = "def train_model(X_train, y_train, X_val, y_val, device, lr=0.1):\n    raise RuntimeError\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run that stopped after its code was reviewed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARXLA_OUT", raising=False)
    folder = RunFolder.create(tmp_path / "results", "wine-20261120T101502-aaaa")
    data = prepare("wine", folder.data)
    record = RunRecord(
        id=folder.id, task=Task(dataset="wine"), started="2026-11-20T10:15:02+00:00", outcome=Outcome.STOP_PIPELINE
    )
    folder.save_record(record)
    space = {"lr": {"default": 0.1, "type": "Real", "low": 0.01, "high": 1.0}}
    function = TrainingFunction(
        model_name="m",
        training_code=CODE,
        bo_config=parse_search_space(space),
        confidence=0.5,
        data_profile=data.profile,
        timestamp=1,
    )
    folder.save_json("code-generation", function.model_copy(update={"model_name": "older"}))
    folder.save_json("code-generation", {"not": "a function"})
    folder.save_json("code-review", function)
    return folder


@pytest.mark.usefixtures("run")
def test_a_run_that_failed_gives_its_code_and_claims_nothing(tmp_path, capsys):
    export("wine", tmp_path / "project")
    assert "no measured model" in capsys.readouterr().out
    assert (tmp_path / "project" / "train.py").read_text().startswith(CODE)
    assert not (tmp_path / "project" / "predict.py").exists()


def test_the_newest_function_counts(run):
    assert last_function(run).model_name == "m"


@pytest.mark.usefixtures("run")
def test_a_full_folder_is_left_alone_unless_forced(tmp_path):
    target = tmp_path / "project"
    target.mkdir()
    (target / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="is not empty"):
        export("wine", target)
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
    export("wine", target, force=True)
    assert (target / "mine.txt").read_text() == "keep" and (target / "train.py").exists()
    with pytest.raises(InputError, match="is a file"):
        export("wine", target / "mine.txt")


def test_a_run_without_code_or_data_is_one_sentence(run, tmp_path):
    for path in run.path.glob("code-*/*.json"):
        path.unlink()
    with pytest.raises(InputError, match="before any code was written"):
        export("wine", tmp_path / "project")
    with pytest.raises(InputError, match="There is no run"):
        export("other", tmp_path / "project")
