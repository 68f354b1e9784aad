"""Programs that exhaust, crash, lie or refuse to end. Each ends typed, and the next job runs."""

import time
from pathlib import Path

import pytest

from runtime.job import Status

pytestmark = pytest.mark.box

RAISED, TAMPERED, KILLED = {Status.RAISED}, {Status.TAMPERED}, {Status.KILLED}
MEMORY, TIME = {Status.OUT_OF_MEMORY}, {Status.TIMED_OUT}
SHORT = {"wall_s": 1.0}

EXHAUSTION = {
    "fork bomb": (
        "while True:\n    try: os.fork()\n    except OSError: pass", SHORT | {"processes": 40}, TIME | KILLED,
    ),
    "fork bomb that leaves": ("while True:\n    if os.fork(): os._exit(1)", {"processes": 40}, KILLED | TAMPERED),
    "thread bomb": (
        "import threading\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        {"processes": 40},
        RAISED | KILLED,
    ),
    "heap": ("x = []\nwhile True: x.append(bytearray(1 << 24))", {"memory_mb": 200}, MEMORY),
    "one huge array": ("import numpy\nnumpy.ones(1 << 30)", {"memory_mb": 200}, MEMORY),
    "one huge tensor": ("import torch\ntorch.ones(1 << 30)", {"memory_mb": 200}, MEMORY),
    "shared mappings": (
        "import mmap\nx = []\nwhile True:\n    x.append(mmap.mmap(-1, 1 << 26)); x[-1].write(b'x' * (1 << 26))",
        {"memory_mb": 300},
        MEMORY,
    ),
    "memory in many processes": (
        "for _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(100 << 20)\n        time.sleep(30)\n"
        "time.sleep(30)",
        {"memory_mb": 300, "wall_s": 6.0},
        MEMORY,
    ),
    "spinning": ("while True: pass", SHORT, TIME),
    "spinning in C": ("sum(iter(int, 1))", SHORT, TIME),
    "sleeping": ("while True: time.sleep(1)", SHORT, TIME),
    "ignoring every signal": (
        "for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n    try: time.sleep(9)\n    except BaseException: pass",
        SHORT,
        TIME,
    ),
    "stopping itself": ("os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(30)", SHORT, TIME),
    "disk fill by many files": (
        "for n in range(100000):\n    open(f'f{n}', 'wb').write(b'x' * 100000)", {"scratch_mb": 8}, RAISED,
    ),
    "disk fill in /tmp": ("f = open('/tmp/f', 'wb')\nwhile True: f.write(b'x' * 100000)", {"file_mb": 64}, RAISED),
    "a file over the limit": ("f = open('f', 'wb')\nwhile True: f.write(b'x' * 100000)", {"file_mb": 2}, RAISED),
    "a sparse giant": ("open('f', 'wb').truncate(1 << 40)", {}, RAISED),
    "a million folders": ("for n in range(1000000): os.mkdir(str(n))", {}, RAISED),
    "descriptors": ("x = [os.dup(1) for _ in range(100000)]", {"open_files": 64}, RAISED),
    "stdout flood": ("while True: os.write(1, b'x' * 65536)", {"output_kb": 100}, {Status.OUTPUT_FLOOD}),
    "stderr flood": ("while True: os.write(2, b'x' * 65536)", {"output_kb": 100}, {Status.OUTPUT_FLOOD}),
    "deep recursion": ("def f(): f()\nf()", {}, RAISED),
    "stack overflow": (
        "sys.setrecursionlimit(1 << 30)\ndef f(n): return max([n], key=lambda v: f(v))\nf(0)", {}, KILLED | MEMORY,
    ),
}  # fmt: skip

CRASHES = {
    "null pointer": ("ctypes.string_at(0)", {}, KILLED),
    "abort": ("os.abort()", {}, KILLED),
    "illegal instruction": ("signal.raise_signal(signal.SIGILL); ctypes.string_at(0)", {}, KILLED),
    "killing everything in sight": ("os.kill(-1, 9)\nos.kill(1, 9)\nos._exit(5)", {}, KILLED | RAISED),
    "exit code 0": ("os._exit(0)", {}, TAMPERED),
    "exit code 9": ("os._exit(9)", {}, KILLED),
    "exit through C": ("ctypes.CDLL(None).exit(0)", {}, TAMPERED),
    "SystemExit in a class": ("class X(BaseException): pass\nraise X", {}, RAISED),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", {}, RAISED),
    "GeneratorExit": ("raise GeneratorExit", {}, RAISED),
    "exit hook that hangs": ("import atexit\natexit.register(time.sleep, 60)", {}, {Status.OK}),
    "thread left running": (
        "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin).start()", {}, {Status.OK},
    ),
    "child left running": ("if os.fork() == 0:\n    os.setsid()\n    while True: pass", {}, {Status.OK}),
    "a fork that returns through the harness": ("os.fork()", {}, {Status.OK}),
    "closing every descriptor": ("os.closerange(0, 256)\ntime.sleep(30)", {}, TAMPERED),
}  # fmt: skip

WRITE_EVERYWHERE = (
    "import fcntl\nfor fd in range(3, 256):\n    try:\n"
    "        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_WRONLY: os.write(fd, {content})\n    except OSError: pass\n"
)
FAKE = (
    "import gc, types\nfrom runtime.box import frames\n"
    "def frame_locals():\n    f = sys._getframe()\n    while f: \n        yield f.f_locals; f = f.f_back\n"
    "token, replies = next((l['token'], l['replies']) for l in frame_locals() if 'token' in l and 'replies' in l)\n"
    "def fake(body, kind=3): os.write(replies, frames.encode_reply(token, kind, body))\n"
)
# fmt: off
LIES = {
    "garbage in the pipe": (WRITE_EVERYWHERE.format(content="b'x' * 99"), {}, TAMPERED),
    "JSON in the pipe": (WRITE_EVERYWHERE.format(content="b'{\"value\": {\"accuracy\": 1}}'"), {}, TAMPERED),
    "a second result": (FAKE + "fake(b'{\"value\": {}}')", {}, TAMPERED),
    "a result of NaN": (FAKE + "fake(b'{\"value\": {\"accuracy\": NaN}}')\ntime.sleep(9)", {}, TAMPERED),
    "a result beyond floats": (FAKE + "fake(b'{\"value\": {\"a\": 1e999}}')\ntime.sleep(9)", {}, TAMPERED),
    "a result that is a list": (FAKE + "fake(b'[1]')\ntime.sleep(9)", {}, TAMPERED),
    "a result without a value": (FAKE + "fake(b'{}')\nos._exit(0)", {}, TAMPERED),
    "a result that is no JSON": (FAKE + "fake(b'\\x80\\x04pickle')\ntime.sleep(9)", {}, TAMPERED),
    "a bomb of brackets": (FAKE + "fake(b'[' * 2000000)\ntime.sleep(9)", {}, TAMPERED),
    "nesting that parses": (
        FAKE + "fake(b'{\"value\":{\"a\":' + b'[' * 500 + b']' * 500 + b'}}')\nos._exit(0)", {}, TAMPERED,
    ),
    "a number of a million digits": (
        FAKE + "fake(b'{\"value\": {\"a\": ' + b'9' * 1000000 + b'}}')\ntime.sleep(9)", {}, TAMPERED,
    ),
    "half a character": (FAKE + "fake(b'{\"value\": {\"a\": \"\\\\ud800\"}}')\ntime.sleep(9)", {}, TAMPERED),
    "a length of 4 GB": (
        FAKE + "import struct\nos.write(replies, struct.pack('<16sBI', token, 3, 4294967295))\ntime.sleep(9)",
        {},
        TAMPERED,
    ),
    "an unknown kind": (FAKE + "fake(b'{}', 9)\ntime.sleep(9)", {}, TAMPERED),
    "starting twice": (FAKE + "fake(b'{}', 1)\ntime.sleep(9)", {}, TAMPERED),
    "a malformed error": (FAKE + "fake(b'{\"error\": {\"type\": 1}}')\nos._exit(0)", {}, TAMPERED),
    "a flood of events": (FAKE + "while True: fake(b'{\"kind\": \"note\"}', 2)", {}, {Status.OUTPUT_FLOOD}),
    "half a result": (
        FAKE + "os.write(replies, frames.encode_reply(token, 3, b'{\"value\": {}}')[:-4])\nos._exit(0)", {}, TAMPERED,
    ),
    "an exception whose text raises": (
        "class X(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\nraise X", {}, RAISED,
    ),
    "an exception whose text hangs": (
        "class X(Exception):\n    def __str__(self): time.sleep(60)\nraise X", SHORT, TIME,
    ),
    "an exception whose text is endless": (
        "class X(Exception):\n    def __str__(self): return 'x' * 50000000\nraise X", {}, RAISED,
    ),
    "an exception whose report lies": (
        "class X(Exception):\n    error_report = {'type': 'X', 'message': [1], 'evil': 2}\nraise X", {}, TAMPERED,
    ),
    "an exception whose attributes run code": (
        "class X(Exception):\n    def __getattribute__(self, n): os._exit(0)\nraise X", {}, TAMPERED,
    ),
    "an exception without a class name": (
        "class M(type):\n    __name__ = property(lambda s: os._exit(0))\n"
        "class X(Exception, metaclass=M): pass\nraise X",
        {},
        RAISED,
    ),
    "patching JSON": ("import json\njson.dumps = lambda *a, **k: 'x'", {}, TAMPERED),
    "patching os.write": ("os.write = lambda fd, data: len(data)", {}, TAMPERED),
    "patching os._exit": ("os._exit = lambda code: time.sleep(60)", {"wall_s": 5.0}, {Status.OK} | TIME),
    "patching the harness": (
        "from runtime.box import worker\nworker._encode = lambda content: b'{\"value\": 1}'", {}, TAMPERED,
    ),
    "harness that returns code": (
        "import runtime.harness.script as s\ns._exit_code = lambda e: (lambda: 0)\nsys.exit(0)", {}, RAISED,
    ),
    "harness that returns NaN": (
        "import runtime.harness.script as s\ns._exit_code = lambda e: float('nan')\nsys.exit(0)", {}, RAISED,
    ),
    "harness that returns too much": (
        "import runtime.harness.script as s\ns._exit_code = lambda e: 'x' * (9 << 20)\nsys.exit(0)", {}, RAISED,
    ),
}  # fmt: skip

PROGRAMS = EXHAUSTION | CRASHES | LIES


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda name: name.replace(" ", "-"))
def test_program_ends_typed(zygote, run, program: str):
    source, limits, expected = PROGRAMS[program]
    begin = time.monotonic()
    result = run(zygote, source, **limits)
    assert result.status in expected, result
    assert result.detail or result.ok
    assert time.monotonic() - begin < limits.get("wall_s", 20.0) + 10
    assert run(zygote, "print('still here')").stdout == "still here\n"


def test_nothing_inside_says_how_the_run_goes(zygote, run):
    events: list[dict[str, object]] = []
    run(zygote, FAKE + 'fake(b\'{"kind": "outcome", "outcome": "SUCCESS"}\', 2)', emit=events.append)
    assert [event["kind"] for event in events] == ["note", "job"]


def test_text_can_not_steer_a_terminal(zygote, run):
    result = run(
        zygote, "print('\\x1b[2J\\x1b]0;owned\\x07safe\\r\\x08\\x00 \\u202etxt.exe')\nraise ValueError('\\x1b[31mred')"
    )
    assert result.stdout == "safe\n txt.exe\n"
    assert result.error.message == "red"
    assert "\x1b" not in result.detail


def test_what_is_left_in_scratch_is_copied_as_plain_files_only(zygote, run, tmp_path: Path):
    result = run(
        zygote,
        "os.symlink('/etc/passwd', 'link'); os.mkdir('d'); os.symlink('/', 'd/up')\n"
        "open('good', 'w').write('ok'); os.link('good', 'twin')\nopen('big', 'wb').truncate(15 << 20)\n"
        "open('big2', 'wb').truncate(15 << 20); open('big3', 'wb').truncate(15 << 20)\n"
        "open('bad\\nname', 'w').close(); open('run.sh', 'w').close(); os.chmod('run.sh', 0o4777)",
    )
    assert result.ok, result
    scratch = tmp_path / "scratch"
    left = {str(path.relative_to(scratch)) for path in scratch.rglob("*")}
    assert left - {"big", "big2", "big3"} == {"run.sh"}
    assert len(left & {"big", "big2", "big3"}) == 2, "the sum of sizes is bounded, holes counted"
    assert (scratch / "run.sh").stat().st_mode & 0o7777 == 0o600
    assert "link" in result.detail


def test_nothing_written_by_hand_outlives_the_zygote(zygote, run):
    run(zygote, "import torch\ntorch.ones = lambda *a: 'patched'\nopen('/tmp/left', 'w').close()")
    result = run(zygote, "import torch\nprint(torch.ones(1).tolist(), os.path.exists('/tmp/left'))")
    assert result.stdout == "[1.0] False\n"
