import json
import os
import re
import subprocess
import sys

import numpy
import pytest

from runtime.errors import InputError
from tests.tools.export.conftest import CODE
from tools.export import export_project, project_job, project_ran
from tools.export.sources import MODULES, train_script, travelling_source
from tools.papers.brief import Criterion, CriterionVerdict, PaperBrief

ALONE = """
import runpy, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"runtime", "tools", "agents", "graph", "prompts", "arxla", "evals"}:
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Absent())
sys.argv = sys.argv[1:]
sys.path[0] = sys.argv[0].rpartition("/")[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script as `python SCRIPT` does, on a machine where arxla is not installed."""


@pytest.fixture(scope="module")
def project(measured, tmp_path_factory):
    m = measured
    return export_project(m.record, m.function, m.data, m.folder.path, tmp_path_factory.mktemp("exported") / "it")


def run_alone(script, *arguments, cwd):
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "HOME": str(cwd), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", ALONE, str(script), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_what_is_in_a_project(project):
    names = {path.name for path in project.iterdir()}
    files = "train.py predict.py model.safetensors graph.pt2 normalizer.json classes.json project.json sample.npz"
    assert names == {*files.split(), "requirements.txt", "README.md", "standalone"}
    assert re.fullmatch(
        r"torch==[\d.]+\nnumpy==[\d.]+\nsafetensors==[\d.]+\n", (project / "requirements.txt").read_text()
    )
    assert sum(path.stat().st_size for path in project.rglob("*") if path.is_file()) < 500_000


def test_it_trains_where_there_is_no_arxla(project, csv_file, tmp_path):
    before = (project / "model.safetensors").read_bytes()
    done = run_alone(project / "train.py", "--data", csv_file, "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    score = float(re.search(r"validation accuracy ([\d.]+) \(8-bit weights", done.stdout)[1])
    assert score > 0.85
    assert (tmp_path / "retrained.safetensors").stat().st_size < 2000
    assert (project / "model.safetensors").read_bytes() == before


def test_its_answers_are_those_of_the_measured_model(project, measured, csv_file, tmp_path):
    from runtime.harness import inference, predict

    model = predict.load_model(project / "graph.pt2", project / "model.safetensors")
    X = numpy.load(measured.folder.data / "X_val.npy")
    y = numpy.load(measured.folder.data / "y_val.npy")
    accuracy = float((inference.predict(model, X).argmax(axis=1) == y).mean())
    done = run_alone(project / "predict.py", "--out", tmp_path / "answers.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"accuracy on {len(X)} rows (all): {accuracy:.4f}" in done.stdout
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == len(X)
    raw = run_alone(project / "predict.py", csv_file, cwd=tmp_path)
    assert re.search(r"row 0: (big|small), [\d.]+", raw.stdout), raw.stderr
    assert float(re.search(r"accuracy on 240 rows \(all\): ([\d.]+)", raw.stdout)[1]) > 0.85


def test_the_readme_holds_the_record_and_nothing_more(project):
    text = (project / "README.md").read_text()
    assert "**97.2 %**" in text and "majority class, on the same rows | 58.0 %" in text
    assert "rule-based expert (no language model)" in text and "things-20261120T101502-ab12" in text
    assert "better than every baseline" in text


def test_without_evidence_nothing_is_claimed(measured, tmp_path):
    m = measured
    record = m.record.model_copy(update={"evidence": None, "outcome": None})
    folder = export_project(record, m.function, m.data, m.folder.path, tmp_path / "it")
    names = {path.name for path in folder.iterdir()}
    assert "train.py" in names and not names & {"predict.py", "model.safetensors", "graph.pt2"}
    text = (folder / "README.md").read_text()
    assert "with no measured weights" in text and "%" not in text.split("## Run it")[0] and "predict.py" not in text


def test_changed_weights_are_not_passed_off_as_measured(measured, tmp_path):
    m = measured
    record = m.record.model_copy(deep=True)
    record.evidence.hashes[record.evidence.model_file] = "0" * 64
    with pytest.raises(InputError, match="not the file that was measured"):
        export_project(record, m.function, m.data, m.folder.path, tmp_path / "it")
    record.evidence.model_file = "gone"
    with pytest.raises(InputError, match="is missing"):
        export_project(record, m.function, m.data, m.folder.path, tmp_path / "it")


@pytest.mark.parametrize("module", MODULES)
def test_travelling_modules_import_nothing_of_arxla(module):
    text = travelling_source(module)
    compile(text, module, "exec")
    assert not re.search(r"^\s*(from|import) (runtime|tools)\b", text, re.MULTILINE)


def test_a_module_that_cannot_travel_is_refused():
    with pytest.raises(ValueError, match=r"can't travel: .*runtime"):
        travelling_source("tools.export.sample")


def test_a_generated_main_is_left_out():
    script = train_script('from __future__ import annotations\nx = 1\nif __name__ == "__main__":\n    boom()\ny = 2\n')
    assert "boom" not in script and script.index("y = 2") < script.index("main(train_model)")
    assert train_script("def broken(:").startswith("def broken(:")


def test_the_sample_holds_every_class_and_only_validation_rows(project, measured):
    with numpy.load(project / "sample.npz", allow_pickle=False) as sample:
        X, y = sample["X"], sample["y"]
    validation = numpy.load(measured.folder.data / "X_val.npy")
    assert set(y[:2]) == {0, 1} and len(X) == len(validation)
    assert {row.tobytes() for row in X} == {row.tobytes() for row in validation}


def test_a_wrong_path_is_one_sentence(project, tmp_path):
    done = run_alone(project / "predict.py", "nothing.npz", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.endswith("There is no file nothing.npz.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.box
def test_the_project_runs_in_a_box(project, tmp_path):
    from runtime.box.registry import open_sandbox
    from runtime.errors import SandboxUnavailable

    try:
        sandbox = open_sandbox("auto")
    except SandboxUnavailable as reason:
        pytest.skip(str(reason))
    try:
        for script in ("train.py", "predict.py"):
            result = sandbox.run(project_job(project, tmp_path / script, script))
            assert project_ran(result, tmp_path / script, script), (result.detail, result.stderr)
    finally:
        sandbox.close()


def test_a_training_script_that_leaves_no_weights_has_not_run(tmp_path):
    from runtime.job import ExecutionResult, Status

    ended = ExecutionResult(status=Status.OK, value={"exit_code": 0})
    assert not project_ran(ended, tmp_path)
    (tmp_path / "retrained.safetensors").write_bytes(b"x")
    assert project_ran(ended, tmp_path)
    assert not project_ran(ended.model_copy(update={"value": {"exit_code": 1}}), tmp_path)
    assert json.loads(project_job(tmp_path, tmp_path / "s").model_dump_json())["payload"]["file"] == "train.py"


def test_the_readme_of_a_papers_project_names_it_and_what_is_met_of_it(measured, tmp_path):
    criteria = [Criterion(id="C1", text="Adam is\nused"), Criterion(id="C2", text="two layers")]
    brief = PaperBrief(paper_id="p", title="Omni-Scale\nCNNs", method="m", criteria=criteria)
    line = CODE.split("\n").index("    optimizer = torch.optim.Adam(model.parameters(), lr=lr)") + 1
    verdicts = [
        CriterionVerdict(id="C1", verdict="met", lines=[line]),
        CriterionVerdict(id="C2", verdict="not", note="only one"),
    ]
    record = measured.record.model_copy(update={"brief": brief, "criteria": verdicts})
    project = export_project(record, measured.function, measured.data, measured.folder.path, tmp_path / "p")
    text = (project / "README.md").read_text()
    assert "the paper “Omni-Scale CNNs”: 1 of 2 criteria met." in text
    assert "- **met**, C1: Adam is used: `optimizer = torch.optim.Adam(model.parameters(), lr=lr)`\n" in text
    assert "- **not**, C2: two layers (only one)\n" in text
    plain = export_project(measured.record, measured.function, measured.data, measured.folder.path, tmp_path / "q")
    assert "paper" not in (plain / "README.md").read_text()
