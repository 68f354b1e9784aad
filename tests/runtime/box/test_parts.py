"""The parts of the box that need no process: wire, text, files, verdicts, the filter, the registry, the script."""

import json
import os
import platform
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.box import registry, seccomp, usage, verdict
from runtime.box.check import judge
from runtime.box.child import Exit
from runtime.box.environment import job_environment
from runtime.box.frames import Forged, Kind, ReplyReader, encode_reply, parse_object
from runtime.box.outputs import collect
from runtime.box.scripted import ScriptedSandbox, ScriptExhausted
from runtime.box.shelf import Shelf
from runtime.box.text import clean_json, clean_text
from runtime.box.view import TEMPORARY, WRITABLE, host_view
from runtime.errors import SandboxUnavailable
from runtime.job import ExecutionResult, Job, Limits, Status

TOKEN = bytes(16)


@given(st.lists(st.dictionaries(st.text(alphabet="abc"), st.integers())), st.integers(1, 40))
def test_replies_survive_any_chopping(bodies, step: int):
    stream = b"".join(encode_reply(TOKEN, Kind.EVENT, json.dumps(body).encode()) for body in bodies)
    reader = ReplyReader(TOKEN)
    got = [body for at in range(0, len(stream), step) for _kind, body in reader.feed(stream[at : at + step])]
    assert got == bodies
    assert not reader.partial


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b"nan", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e400}', b"\xff", b'{"a": "\\ud800"}'],
)
def test_bodies_that_are_refused(body: bytes):
    with pytest.raises(Forged):
        parse_object(body)


def test_a_wrong_token_is_refused():
    with pytest.raises(Forged, match="other than the harness"):
        ReplyReader(TOKEN).feed(encode_reply(bytes([1] * 16), Kind.RESULT, b"{}"))


@given(st.text())
def test_clean_text_has_no_control_characters_and_is_stable(text: str):
    clean = clean_text(text)
    assert all(character in "\n\t" or ord(character) >= 32 for character in clean)
    assert clean_text(clean) == clean


def test_clean_json_bounds_depth():
    value: list = []
    for _ in range(100):
        value = [value]
    with pytest.raises(ValueError, match="deeper"):
        clean_json(value)
    assert clean_json({"a\x1b[1m": ["\x07b", 1, None]}) == {"a": ["b", 1, None]}


def test_collect_takes_plain_files_only(tmp_path: Path):
    scratch = tmp_path / "scratch"
    (scratch / "d").mkdir(parents=True)
    (scratch / "d/good").write_text("fine")
    (scratch / "d/large").write_text("x" * 100)
    (tmp_path / "secret").write_text("secret")
    (scratch / "link").symlink_to(tmp_path / "secret")
    (scratch / "up").symlink_to(tmp_path)
    os.mkfifo(scratch / "pipe")
    (scratch / "one").write_text("twice")
    os.link(scratch / "one", scratch / "twin")
    fd = os.open(scratch, os.O_RDONLY)
    left_out = collect(fd, tmp_path / "to", 50)
    os.close(fd)
    assert [
        path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*") if path.is_file()
    ] == ["d/good"]
    for name in ("link", "pipe", "one", "twin", "d/large"):
        assert any(line.startswith(name) for line in left_out), name


def test_collect_does_not_write_through_a_link_in_the_destination(tmp_path: Path):
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "from/a").write_text("new")
    (tmp_path / "victim").write_text("old")
    (tmp_path / "to/a").symlink_to(tmp_path / "victim")
    fd = os.open(tmp_path / "from", os.O_RDONLY)
    assert collect(fd, tmp_path / "to", 1000) == []
    os.close(fd)
    assert (tmp_path / "victim").read_text() == "old"
    assert (tmp_path / "to/a").read_text() == "new"


@pytest.mark.parametrize(
    ("exit", "peak", "status"),
    [
        (None, 0, Status.KILLED),
        (Exit(0, None), 0, Status.TAMPERED),
        (Exit(3, None), 0, Status.KILLED),
        (Exit(None, 11), 0, Status.KILLED),
        (Exit(None, 11), 95, Status.OUT_OF_MEMORY),
        (Exit(None, 9, out_of_memory=True), 0, Status.OUT_OF_MEMORY),
        (Exit(None, 9, cpu_s=9.9), 0, Status.TIMED_OUT),
    ],
)
def test_exit_is_judged(exit: Exit | None, peak: float, status: Status):
    result = verdict.judge_exit(exit, Limits(memory_mb=100, cpu_s=10), peak)
    assert result.status is status
    assert result.detail.endswith(".")


def test_allocation_failures_are_out_of_memory():
    reply = {"error": {"type": "RuntimeError", "message": "DefaultCPUAllocator: can't allocate memory: you tried"}}
    assert verdict.judge_reply(reply, Limits()).status is Status.OUT_OF_MEMORY


def _decide(program: bytes, machine: int, number: int, *arguments: int) -> int:
    """Interpret a seccomp program: a small BPF machine."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<iIQ6Q", number, machine, 0, *padded)
    at, accumulator = 0, 0
    while True:
        code, yes, no, value = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return value
        else:
            held = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            at += yes if held else no


@pytest.mark.parametrize(("machine", "audit", "column"), [("x86_64", 0xC000003E, 0), ("aarch64", 0xC00000B7, 1)])
def test_the_filter_decides(machine: str, audit: int, column: int):
    program = seccomp.assemble(machine)
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    clone, ioctl, read = ((56, 220), (16, 29), (0, 63))
    assert _decide(program, audit, read[column]) == allow
    assert _decide(program, 0x40000003, read[column]) == kill
    for name, numbers in seccomp.REFUSED.items():
        if numbers[column] is not None:
            assert _decide(program, audit, numbers[column]) == refuse, name
    assert _decide(program, audit, clone[column], 0x003D0F00) == allow, "a thread"
    assert _decide(program, audit, clone[column], 0x10000011) == refuse, "a user namespace"
    assert _decide(program, audit, ioctl[column], 1, 0x5401) == allow
    assert _decide(program, audit, ioctl[column], 1, 0x5412) == refuse
    assert _decide(program, audit, ioctl[column], 1, 0x541C) == refuse


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of this table are x86_64's")
def test_no_number_is_listed_twice():
    for column in (0, 1):
        numbers = [pair[column] for table in (seccomp.REFUSED, seccomp.UNKNOWN) for pair in table.values()]
        known = [number for number in numbers if number is not None]
        assert len(known) == len(set(known))


def test_nothing_private_is_in_view_or_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2")
    repository = Path(registry.__file__).parents[2]
    view = host_view()
    assert str(repository / "runtime") in view.folders
    assert str(repository) not in view.folders
    assert str(Path.home()) not in view.folders
    assert not any(path in view.folders for path in ("/", "/home", "/root", "/etc", "/tmp", "/var"))
    assert "hunter2" not in str(job_environment("/tmp"))
    assert job_environment("/tmp")["PJRT_DEVICE"] == "CPU"
    assert "XLA_FLAGS" not in job_environment("/tmp", "NEURON")


def test_auto_falls_back_then_fails_closed(monkeypatch: pytest.MonkeyPatch):
    tried = []

    def refuse(name: str, _device: str):
        tried.append(name)
        raise SandboxUnavailable(f"{name} is not there.")

    monkeypatch.setattr(registry, "_open", refuse)
    with pytest.raises(SandboxUnavailable, match="--sandbox none") as caught:
        registry.open_sandbox("auto")
    assert tried == ["zygote", "bubblewrap"]
    assert "bubblewrap is not there" in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_absent_bubblewrap_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match="install the package bubblewrap"):
        registry.open_sandbox("bubblewrap")


def test_scripted_answers_in_order_and_fails_loudly(tmp_path: Path):
    ok = ExecutionResult(status=Status.OK, value={"n": 1})
    sandbox = ScriptedSandbox(
        {"a": [ok, lambda job: ExecutionResult(status=Status.RAISED, detail=job.name)], "*": [ok]}
    )
    job = Job(name="a", entry="runtime.harness.probe:run", scratch=tmp_path)
    assert sandbox.run(job).value == {"n": 1}
    with sandbox.session() as warm:
        assert warm.run(job).detail == "a"
    with pytest.raises(ScriptExhausted, match="'a'"):
        sandbox.run(job)
    assert sandbox.run(job.model_copy(update={"name": "other"})).ok
    assert len(sandbox.jobs) == 4


def test_shelf_places_a_path_once_and_anew_when_it_changed(tmp_path: Path):
    path = tmp_path / "x.npy"
    path.write_bytes(b"one")
    with Shelf() as shelf:
        first, again = shelf.place({"x": path}, "/in")["x"], shelf.place({"y": path}, "/in")["y"]
        assert first == again
        assert (shelf.folder / Path(first).relative_to("/in")).read_bytes() == b"one"
        path.unlink()
        path.write_bytes(b"second")
        assert shelf.place({"x": path}, "/in")["x"] != first
    assert not shelf.folder.exists()


def test_check_says_what_is_missing():
    value = {"network": True, "writable": ["/usr"], "namespaces": {}, "status": {"Seccomp": "0"}, "processes": 99}
    found = {item.name: item for item in judge("none", ExecutionResult(status=Status.OK, value=value), {})}
    assert found["sandbox"].active
    for name in ("namespaces", "network", "files", "seccomp"):
        assert not found[name].active
        assert "bubblewrap" in found[name].advice
    failed = judge("zygote", ExecutionResult(status=Status.KILLED, detail="It broke."), {})
    assert [item.active for item in failed] == [False]


def test_a_working_tree_below_tmp_is_not_hidden_by_the_jobs_own_tmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("runtime.box.view._python_folders", lambda: [str(tmp_path)])
    assert str(tmp_path).startswith("/tmp/")
    view = host_view()
    assert str(tmp_path) in view.folders
    assert "/tmp" not in view.links
    assert not any(Path(folder) in Path(own).parents for folder in view.folders for own in WRITABLE)
    monkeypatch.setattr("runtime.box.view._outermost", lambda _: ("/usr",))
    assert host_view().links["/tmp"] == TEMPORARY


def test_a_look_at_memory_is_short_however_many_processes(monkeypatch):
    """Reading the shared memory of a fork bomb's processes takes long, and the deadline has to be kept."""
    monkeypatch.setattr(usage, "memory_mb", lambda _pid: 100.0)
    monkeypatch.setattr(usage, "_proportional_mb", lambda _pid: time.sleep(0.1) or 10.0)
    begin = time.monotonic()
    assert usage.tree_memory_mb(list(range(40)), baseline_mb=50.0, limit_mb=200.0) == pytest.approx(350.0)
    assert time.monotonic() - begin < 2.0
    monkeypatch.setattr(usage, "_proportional_mb", lambda _pid: None)
    assert usage.tree_memory_mb([1, 2], baseline_mb=50.0, limit_mb=100.0) == 100.0
