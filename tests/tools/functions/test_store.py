"""The cache of training functions: the seed's format, what is found, what is refused, what is cleaned."""

import json
import os
import threading
import time

import pytest
from typer.testing import CliRunner

from arxla.commands import functions as command
from runtime.data_profile import DataProfile
from runtime.errors import DiskFull, InputError
from runtime.outcome import Outcome
from runtime.training_function import TrainingFunction
from tools.functions.seed_file import read_function
from tools.functions.store import FunctionStore

CODE = "def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):\n    ...\n"
BO_CONFIG = {
    "lr": {"default": 0.001, "type": "Real", "low": 1e-6, "high": 1e-1, "prior": "log-uniform"},
    "hidden_size": {"default": 128, "type": "Integer", "low": 32, "high": 512},
    "quantization_bits": {"default": 32, "type": "Categorical", "categories": [8, 16, 32]},
}
SEED = {
    "model_name": "BiLSTM_Attention",
    "training_code": CODE,
    "bo_config": BO_CONFIG,
    "confidence": 0.92,
    "data_profile": {"data_type": "numpy_array", "is_sequence": True, "sample_count": 5000, "feature_count": 2},
    "timestamp": 1704067200,
    "metadata": {"generated_by": "AI Code Generator", "api_model": "gpt-5", "version": "1.0"},
}
NOW = int(time.time())


def profile(**changes):
    facts = {"dataset_name": "digits", "shape": (1797, 64), "sample_count": 1797, "feature_count": 64}
    return DataProfile(**(facts | {"is_tabular": True, "num_classes": 10} | changes))


def function(name="MLP", timestamp=NOW, **changes):
    return TrainingFunction(
        model_name=name,
        training_code=CODE,
        bo_config=BO_CONFIG,
        confidence=0.8,
        data_profile=changes.pop("data_profile", profile()),
        timestamp=timestamp,
        metadata={"generated_by": "expert (rule-based)", "api_model": "none", "version": "0.1.0"},
    )


@pytest.fixture
def store(tmp_path):
    return FunctionStore(tmp_path / "functions")


def test_a_saved_file_has_the_seeds_name_and_exactly_its_fields(store):
    path = store.save(function(timestamp=1704067200), target="xla", model="expert")
    assert path.name == "training_function_numpy_array_MLP_1704067200.json"
    content = json.loads(path.read_text())
    assert list(content) == list(SEED)
    assert set(SEED["metadata"]) <= set(content["metadata"])
    assert content["bo_config"]["quantization_bits"] == BO_CONFIG["quantization_bits"]
    assert content["metadata"]["fingerprint"] == profile().fingerprint()


def test_what_is_saved_loads_the_same(store):
    saved = function()
    loaded = store.load(store.save(saved, target="xla", model="expert"))
    assert loaded.model_copy(update={"metadata": saved.metadata}) == saved


def test_a_file_in_the_seeds_own_form_loads(store, tmp_path):
    path = tmp_path / "training_function_numpy_array_BiLSTM_Attention_1704067200.json"
    path.write_text(json.dumps(SEED))
    loaded = store.load(path)
    assert loaded.model_name == "BiLSTM_Attention"
    assert loaded.data_profile.is_sequence
    assert loaded.data_profile.shape == (5000, 2)
    assert loaded.bo_config["hidden_size"].high == 512


@pytest.mark.parametrize(
    ("given", "shape", "extra"),
    [
        ({}, (0, 0), {}),
        ({"data_type": "numpy_array", "is_sequence": True}, (0, 0), {}),
        ({"shape": [1000, 20], "dtype": "float64", "library": "x"}, (1000, 20), {"library": "x"}),
        ({"sample_count": 10, "input_shape": [1000, 2]}, (10, 1000, 2), {"input_shape": [1000, 2]}),
        ({"num_classes": 5, "class_names": None}, (0, 0), {}),
    ],
)
def test_a_short_profile_is_filled_in_and_the_rest_is_kept(tmp_path, given, shape, extra):
    path = tmp_path / "f.json"
    path.write_text(json.dumps({**SEED, "data_profile": given}))
    loaded = read_function(path)
    assert loaded.data_profile.shape == shape
    assert loaded.metadata.get("data_profile_extra", {}) == extra


def without(*names):
    return json.dumps({name: value for name, value in SEED.items() if name not in names})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "does not hold a JSON object"),
        (without("training_code", "bo_config"), "training_code, bo_config is missing"),
        (json.dumps({**SEED, "pickle": "x"}), "holds pickle, which the format does not have"),
        (json.dumps({**SEED, "training_code": "print(1)"}), "does not define train_model"),
        (json.dumps({**SEED, "training_code": 3}), "does not define train_model"),
        (json.dumps({**SEED, "confidence": 7}), "confidence: Input should be less than"),
        (json.dumps({**SEED, "timestamp": "now"}), "timestamp:"),
        (json.dumps({**SEED, "data_profile": [1]}), "data_profile is not an object"),
        (json.dumps({**SEED, "data_profile": {"shape": "wide"}}), "data_profile is wrong: shape"),
        (json.dumps({**SEED, "metadata": [1, 2]}), "metadata is not an object"),
        (json.dumps({**SEED, "bo_config": {"lr": {"type": "Real"}}}), "Hyperparameter 'lr': 'default' is missing"),
        (json.dumps({**SEED, "bo_config": {}}), "bo_config is empty"),
        ("x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_broken_file_is_one_sentence_and_is_skipped_with_a_warning(tmp_path, text, words):
    path = tmp_path / "training_function_a_b_1.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_function(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    warnings = []
    assert FunctionStore(tmp_path, warnings.append).list() == []
    assert [warning["kind"] for warning in warnings] == ["warning"]


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_input_errors(tmp_path):
    (tmp_path / "f.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "f.json", tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError):
            read_function(path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "...", "näme with spaces", "x" * 500, "a\x00b", "-rf"])
def test_no_name_leaves_the_folder(store, name):
    path = store.save(
        function(name=name, data_profile=profile(data_type="../" + name)), target="xla", model="openai:gpt-5"
    )
    assert path.parent == store.folder
    assert path.resolve().parent == store.folder.resolve()
    assert len(path.name) < 200
    assert store.load(path).model_name == name


def test_a_taken_name_is_never_overwritten(store):
    first = store.save(function(), target="xla", model="expert")
    before = first.read_bytes()
    second = store.save(function(), target="xla", model="expert")
    assert first != second
    assert first.read_bytes() == before
    assert store.load(second).timestamp == NOW + 1


def test_savers_side_by_side_each_get_a_file(store):
    threads = [threading.Thread(target=lambda: store.save(function(), target="xla", model="expert")) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.list()) == 12
    assert not list(store.folder.glob("*.part"))


def test_a_function_is_found_by_profile_task_target_and_model(store):
    path = store.save(function(), target="xla", model="expert")
    assert store.find(profile(), "classification", "xla", "expert")[0] == path
    assert store.find(profile(warnings=["other"]), "classification", "xla", "expert") is not None
    assert store.find(profile(shape=(1797, 65)), "classification", "xla", "expert") is None
    assert store.find(profile(), "regression", "xla", "expert") is None
    assert store.find(profile(), "classification", "cpu", "expert") is None
    assert store.find(profile(), "classification", "xla", "openai:gpt-5") is None


def test_code_for_a_paper_is_found_for_that_paper_alone(store):
    plain = store.save(function("Plain"), target="xla", model="expert")
    ours = store.save(function("Ours"), target="xla", model="expert", paper="ab12")

    def found(**paper):
        match = store.find(profile(), "classification", "xla", "expert", **paper)
        return match and match[0]

    assert found() == plain and found(paper="ab12") == ours and found(paper="ff00") is None
    assert "paper" not in store.load(plain).metadata


def test_the_proven_and_best_function_is_found_first_and_an_unfit_one_never(store):
    def found():
        match = store.find(profile(), "classification", "xla", "expert")
        return match[1].model_name if match else None

    paths = {
        name: store.save(function(name, NOW + age), target="xla", model="expert")
        for age, name in enumerate(["old", "good", "better", "new"])
    }
    assert found() == "new"
    store.remember_outcome(paths["good"], Outcome.SUCCESS, 0.95, 40.0)
    store.remember_outcome(paths["better"], Outcome.SUCCESS, 0.97, 60.0)
    assert found() == "better"
    store.remember_outcome(paths["better"], Outcome.DEBUG_CHANCES_EXHAUSTED)
    assert found() == "good"
    for name in ("good", "new", "old"):
        store.remember_outcome(paths[name], Outcome.REVIEW_REJECTED)
    assert found() is None


def test_the_list_says_what_the_seed_says_and_the_last_outcome(store):
    older = store.save(function("Old", NOW - 10 * 86_400), target="cpu", model="openai:gpt-5")
    newer = store.save(function("New"), target="xla", model="expert")
    store.remember_outcome(newer, Outcome.SUCCESS, 0.96)
    lines = store.list()
    assert [line.model_name for line in lines] == ["New", "Old"]
    assert lines[0].bo_parameters == ["lr", "hidden_size", "quantization_bits"]
    assert (lines[0].outcome, lines[0].score, lines[0].target) == ("SUCCESS", 0.96, "xla")
    assert lines[1].age_days == pytest.approx(10, abs=0.1)
    assert lines[1].filepath == str(older)


def test_a_name_may_be_a_path_a_file_name_or_a_model(store):
    store.save(function("MLP", NOW - 50), target="xla", model="expert")
    newest = store.save(function("MLP"), target="xla", model="expert")
    assert {store.resolve(name) for name in (str(newest), newest.name, newest.stem, "MLP")} == {newest}
    with pytest.raises(InputError, match="No training function is called 'Nope'"):
        store.resolve("Nope")


def test_only_old_functions_are_cleaned_and_a_dry_run_deletes_nothing(store):
    old = store.save(function("Old", NOW - 40 * 86_400), target="xla", model="expert")
    new = store.save(function("New"), target="xla", model="expert")
    other = store.folder / "notes.json"
    other.write_text("{}")
    broken = store.folder / "training_function_a_b_1000.json"
    broken.write_text("{")
    assert store.clean(30, dry_run=True) == [old, broken] or store.clean(30, dry_run=True) == [broken, old]
    assert old.exists()
    assert set(store.clean(30)) == {old, broken}
    assert {path.name for path in store.folder.iterdir()} == {new.name, "notes.json"}
    with pytest.raises(InputError, match="negative"):
        store.clean(-1)


def test_a_folder_that_is_not_there_is_empty_and_one_that_cannot_be_made_is_named(tmp_path):
    assert FunctionStore(tmp_path / "none").list() == []
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        FunctionStore(tmp_path / "file").save(function(), target="xla", model="expert")


def test_the_commands_list_show_and_clean(store):
    path = store.save(function(), target="xla", model="expert")
    run, folder = CliRunner(), ["--folder", str(store.folder)]
    listed = run.invoke(command.app, ["list", "--json", *folder])
    assert json.loads(listed.stdout)[0]["filepath"] == str(path)
    assert "MLP" in run.invoke(command.app, ["list", *folder]).stdout
    shown = run.invoke(command.app, ["show", "MLP", "--json", *folder])
    assert json.loads(shown.stdout)["training_code"] == CODE
    pretty = run.invoke(command.app, ["show", "MLP", *folder]).stdout
    assert "hidden_size" in pretty
    assert "train_model" in pretty
    dry = run.invoke(command.app, ["clean", "--older-than-days", "0", "--dry-run", "--json", *folder])
    assert json.loads(dry.stdout) == {"deleted": False, "files": [str(path)]}
    assert path.exists()
    assert "Deleted 1 function" in run.invoke(command.app, ["clean", "--older-than-days", "0", *folder]).stdout
    assert not path.exists()
    assert "No training functions" in run.invoke(command.app, ["list", *folder]).stdout
    assert isinstance(run.invoke(command.app, ["show", "MLP", *folder]).exception, InputError)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_named(store):
    store.folder.mkdir()
    store.folder.chmod(0o500)
    with pytest.raises(DiskFull):
        store.save(function(), target="xla", model="expert")
