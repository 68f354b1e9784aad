import json
import subprocess
from types import SimpleNamespace

import pytest
import typer

from arxla import box_checks, checks, server_checks
from arxla.checks import Check
from arxla.commands import doctor as command
from runtime.box.check import Protection
from runtime.errors import ModelUnavailable
from runtime.job import ExecutionResult, Status
from runtime.settings import load_settings


def test_python_is_new_enough(monkeypatch):
    assert checks.check_python().state == "ok"
    monkeypatch.setattr(checks.sys, "version_info", (3, 10, 4))
    assert checks.check_python().state == "fail"


@pytest.mark.parametrize(
    ("installed", "target", "state", "says"),
    [
        ({"torch": "2.9.0", "torch_xla": "2.9.0"}, "xla", "ok", "torch_xla 2.9.0"),
        ({"torch": "2.9.1+cu128", "torch_xla": "2.9.0"}, "xla", "ok", "torch 2.9.1"),
        ({"torch": "2.10.0", "torch_xla": "2.9.0"}, "xla", "fail", "do not belong together"),
        ({"torch": "2.9.0"}, "xla", "fail", "torch_xla is not installed"),
        ({"torch": "2.9.0"}, "cpu", "ok", "torch 2.9.0"),
        ({}, "cpu", "fail", "torch is not installed"),
    ],
)
def test_versions_must_match(monkeypatch, installed, target, state, says):
    monkeypatch.setattr(checks, "_version", installed.get)
    check = checks.check_versions(target)
    assert (check.state, bool(check.advice)) == (state, state != "ok")
    assert says in check.detail


@pytest.mark.parametrize(
    ("stdout", "stderr", "code", "state", "says"),
    [
        ('noise\n{"words": "XLA on CPU", "fallback": "", "right": true}\n', "", 0, "ok", "XLA on CPU"),
        (
            '{"words": "CPU", "fallback": "no GPU here; the CPU was used", "right": true}\n',
            "",
            0,
            "warn",
            "no GPU here",
        ),
        ('{"words": "CPU", "fallback": "", "right": false}\n', "", 0, "fail", "exit code 0"),
        ("", "Traceback\nImportError: no torch\n", 1, "fail", "ImportError: no torch"),
        ("", "", -11, "fail", "exit code -11"),
        ("not json\n", "", 0, "fail", "exit code 0"),
    ],
)
def test_a_device_is_what_its_process_says(monkeypatch, stdout, stderr, code, state, says):
    done = SimpleNamespace(stdout=stdout, stderr=stderr, returncode=code)
    monkeypatch.setattr(box_checks.subprocess, "run", lambda *_args, **_options: done)
    check = box_checks.check_device("xla")
    assert check.state == state and says in check.detail


def test_a_device_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(box_checks, "DEVICE_PROBE", "import time; time.sleep(60)")
    check = box_checks.check_device("cpu", timeout_s=0.5)
    assert check.state == "fail" and "did not answer" in check.detail


def test_the_cpu_really_multiplies():
    assert box_checks.check_device("cpu").detail == "eager PyTorch on the CPU: a product of two matrices is right"


WORKS = Protection("sandbox", True, "zygote: a job took 54 ms")
NETWORK = Protection("network", True, "closed")
OPEN = Protection("network", False, "reachable", "Use the zygote.")
LANDLOCK = Protection("landlock", False, "ABI 0", "Linux 5.13 adds it.")
CGROUP = Protection("cgroup", False, "bounds by rlimits")


@pytest.mark.parametrize(
    ("name", "found", "state", "says"),
    [
        ("auto", [WORKS, NETWORK], "ok", "a job took 54 ms; active: network"),
        ("auto", [WORKS, NETWORK, CGROUP], "ok", "active: network"),
        ("auto", [WORKS, NETWORK, LANDLOCK], "warn", "active: network"),
        ("auto", [WORKS, OPEN, LANDLOCK], "fail", "missing: network (reachable)"),
        ("none", [WORKS, OPEN], "warn", "no isolation, as you asked"),
        ("auto", [Protection("sandbox", False, "No isolation here.", "Install it.")], "fail", "No isolation here."),
    ],
)
def test_a_box_is_as_good_as_its_protections(monkeypatch, name, found, state, says):
    monkeypatch.setattr(box_checks, "probe_box", lambda _name: found)
    check = box_checks.check_box(name)
    assert (check.state, bool(check.advice)) == (state, state != "ok") and says in check.detail


@pytest.mark.box
def test_bubblewrap_is_tried_for_real():
    if box_checks.check_bubblewrap().state != "ok":
        pytest.skip("bubblewrap does not work here")
    check = box_checks.check_box("bubblewrap")
    assert check.state in ("ok", "warn") and "bubblewrap: a job took" in check.detail and "network" in check.detail


def test_an_absent_bubblewrap_is_a_warning(monkeypatch):
    monkeypatch.setattr(box_checks.shutil, "which", lambda _name: None)
    assert box_checks.check_bubblewrap().state == "warn"
    monkeypatch.setattr(box_checks.shutil, "which", lambda name: f"/bin/{name}")
    refused = subprocess.CompletedProcess([], 1, "", "bwrap: No permissions to create new namespace\n")
    monkeypatch.setattr(box_checks.subprocess, "run", lambda *_args, **_options: refused)
    assert "No permissions" in box_checks.check_bubblewrap().detail


def test_the_expert_needs_nothing_and_a_model_needs_its_key(monkeypatch):
    settings = load_settings(env_file=None)
    assert checks.check_language_model("expert", settings).state == "ok"

    def refuse(*_args, **_options):
        raise ModelUnavailable("openai:gpt-5 refused the key.")

    monkeypatch.setattr(checks, "check_model", refuse)
    check = checks.check_language_model("openai:gpt-5", settings)
    assert check.state == "fail" and "--model expert" in check.advice


def test_the_results_folder(monkeypatch, tmp_path):
    assert checks.check_disk(tmp_path / "not" / "yet").state in ("ok", "warn")
    assert not (tmp_path / "not").exists()
    (tmp_path / "file").write_text("x")
    assert checks.check_disk(tmp_path / "file" / "results").state == "fail"
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _path: SimpleNamespace(free=1e8))
    assert checks.check_disk(tmp_path).state == "fail"

    def read_only(*_args, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(checks.tempfile, "NamedTemporaryFile", read_only)
    assert "Read-only file system" in checks.check_disk(tmp_path).detail


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("MemAvailable: 8000000 kB\n", "ok"),
        ("MemAvailable: 2000000 kB\n", "warn"),
        ("MemAvailable: 900 kB\n", "fail"),
        ("", "warn"),
    ],
)
def test_memory(tmp_path, text, state):
    (tmp_path / "meminfo").write_text(text)
    assert checks.check_memory(tmp_path / "meminfo").state == state


def test_the_data_folder(tmp_path):
    states = [checks.check_data_folder(folder).state for folder in (None, tmp_path, tmp_path / "absent")]
    assert states == ["ok", "ok", "fail"]


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_the_command_prints_and_exits(monkeypatch, capsys, state, code):
    found = [Check(name="python", state="ok", detail="3"), Check(name="box", state=state, detail="d", advice="Do.")]
    monkeypatch.setattr(command, "examine", lambda *_args: iter(found))
    with pytest.raises(typer.Exit) as left:
        command.doctor(json=True)
    assert left.value.exit_code == code
    assert [line["state"] for line in json.loads(capsys.readouterr().out)] == ["ok", state]
    with pytest.raises(typer.Exit):
        command.doctor()
    assert "→ Do." in capsys.readouterr().out


def test_every_role_s_model_is_tried_once(monkeypatch):
    asked = []
    monkeypatch.setattr(
        checks,
        "check_language_model",
        lambda name, _settings: asked.append(name) or Check(name="m", state="ok", detail=""),
    )
    for name in ("check_device", "check_box", "check_bubblewrap"):
        monkeypatch.setattr(box_checks, name, lambda *_args, name=name: Check(name=name, state="ok", detail=""))
    monkeypatch.delenv("ARXLA_MODEL", raising=False)
    settings = load_settings(
        {"model": "expert", "models": {"coder": "openai:a", "debugger": "openai:a"}}, env_file=None
    )
    names = [check.name for check in command.examine(settings, settings.task(dataset="d"))]
    assert sorted(asked) == ["expert", "openai:a"]
    assert names[-2:] == ["check_device", "check_box"]


class TestRay:
    def test_nobody_there_is_one_sentence(self):
        check = box_checks.check_ray("127.0.0.1:1", "auto", "CPU", "cpu")
        assert check.state == "fail"
        assert "No Ray cluster answers at 127.0.0.1:1" in check.detail

    def test_a_probe_on_a_node(self, monkeypatch):
        done = ExecutionResult(status=Status.OK, sandbox="zygote", node="far")
        sandbox = SimpleNamespace(run=lambda _job: done, close=lambda: None)
        monkeypatch.setattr(box_checks, "open_on_ray", lambda *_: sandbox)
        monkeypatch.setattr(box_checks, "side_by_side", lambda *_: 7)
        check = box_checks.check_ray("head:6379", "auto", "CPU", "cpu")
        assert (check.state, check.detail) == ("ok", "head:6379: 7 jobs at once; a probe ran in zygote on far")
        done.status = Status.KILLED
        assert box_checks.check_ray("head:6379", "auto", "CPU", "cpu").state == "fail"

    @pytest.mark.parametrize(("executor", "asked"), [("local", False), ("ray", True)])
    def test_it_is_looked_at_where_it_is_used(self, executor, asked):
        settings = load_settings({"executor": executor}, env_file=None)
        assert bool(command._ray(settings, settings.task(dataset="iris"))) is asked


def test_what_a_server_needs_is_tried(monkeypatch):
    assert server_checks.check_server(load_settings(env_file=None)).state == "ok"
    nowhere = load_settings(env_file=None, arxla_database_url="postgresql://u:secret-word@127.0.0.1:1/x")
    unreachable = server_checks.check_server(nowhere)
    assert unreachable.state == "fail" and "secret-word" not in unreachable.detail
    monkeypatch.setattr(server_checks, "find_spec", lambda _: None)
    missing = server_checks.check_server(nowhere)
    assert missing.state == "warn" and "arxla[server]" in missing.advice
