"""`arxla trace` from the outside: the program is as it would be without it, and the profile is there."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.compiler.profile import Profile

ARXLA = [sys.executable, "-m", "arxla"]
ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
def f(x):
    if x == "exit": sys.exit(7)
    if x == "words": sys.exit("in words")
    if x == "raise": raise ValueError("bad")
    if x == "fork":
        import os
        if os.fork() == 0: return "child"
        os.wait()
    if x == "thread":
        import threading, time
        threading.Thread(target=lambda: (time.sleep(0.2), late())).start()
    return sys.argv[1:], __name__
def late(): print("late")
if __name__ == "__main__":
    print(f(sys.argv[1]))
"""


def arxla(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [*ARXLA, "trace", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def test_a_script_with_its_own_arguments(folder: Path) -> None:
    done = arxla(folder, "script.py", "a", "--quiet", "-m", "--out", "x/y.json")
    assert (done.returncode, done.stdout) == (0, "(['a', '--quiet', '-m'], '__main__')\n")
    profile = Profile.load(folder / "x" / "y.json")
    assert profile.module_name == "script" and profile.functions["script.f"].calls == 1
    assert "script.f" in done.stderr and "y.json" in done.stderr


@pytest.mark.parametrize("how, code, said", [("exit", 7, ""), ("words", 1, "in words\n"), ("raise", 1, "Traceback")])
def test_however_it_ends(folder: Path, how: str, code: int, said: str) -> None:
    done = arxla(folder, "--quiet", "script.py", how)
    plain = subprocess.run([sys.executable, "script.py", how], cwd=folder, capture_output=True, text=True, timeout=60)
    paths = re.compile(r'File "[^"]*script.py"')
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout) == (code, "")
    assert paths.sub("", done.stderr) == paths.sub("", plain.stderr) and done.stderr.startswith(said)
    profile = Profile.load(folder / "training_data" / "script_profile.json")
    expected = {"exit": {"SystemExit": 1}, "words": {"SystemExit": 1}, "raise": {"ValueError": 1}}
    assert profile.functions["script.f"].exceptions == expected[how]


def test_interrupted(folder: Path) -> None:
    naps = "for _ in range(1500): time.sleep(0.02)"  # Python can miss a signal just before a long sleep
    source = f"import time\ndef f():\n    print('begun', flush=True)\n    {naps}\nf()\n"
    (folder / "long.py").write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*ARXLA, "trace", "--out", "x.json", "long.py"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as run:
        assert run.stdout is not None and run.stdout.readline() == b"begun\n"
        begun = time.monotonic()
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=20)
    assert run.returncode == 130 and time.monotonic() - begun < 15 and b"KeyboardInterrupt" in said
    profile = Profile.load(folder / "x.json")
    taken_out = any("took the tracer out" in line for line in profile.left_out)  # when it met the tracer's own code
    assert profile.functions["long.f"].exceptions == {"KeyboardInterrupt": 1} or taken_out


def test_threads_and_forks(folder: Path) -> None:
    done = arxla(folder, "--out", "x.json", "script.py", "thread")
    assert done.stdout.endswith("late\n")
    assert Profile.load(folder / "x.json").functions["script.late"].calls == 1
    done = arxla(folder, "--quiet", "--out", "x.json", "script.py", "fork")
    assert done.returncode == 0 and sorted(done.stdout.split("\n")) == ["", "(['fork'], '__main__')", "child"]
    assert Profile.load(folder / "x.json").functions["script.f"].calls == 1


def test_modules_and_pytest(folder: Path) -> None:
    (folder / "test_it.py").write_text(
        "from script import f\ndef test_f(): assert f('x')\ndef test_g(): assert not f('')\n"
    )
    done = arxla(folder, "--out", "x.json", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py")
    assert done.returncode == 1 and "1 failed, 1 passed" in done.stdout
    profile = Profile.load(folder / "x.json")
    assert profile.functions["script.f"].calls == 2 and "test_it.test_f" in profile.functions
    assert not [name for name in profile.functions if name.startswith(("pytest", "_pytest"))]
    done = arxla(folder, "--include", "csv,json", "-m", "json.tool", "--help", "--out=y.json")
    assert done.returncode == 0 and "usage" in done.stdout
    assert "json.tool.main" in Profile.load(folder / "y.json").functions


def test_main_is_as_without_it(folder: Path) -> None:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("print('around')")
    source = (
        "import multiprocessing, pickle, sys\n"
        "class Kept: pass\n"
        "def double(x): return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    names = sorted(name for name in globals() if name.startswith('__'))\n"
        "    print(names, __builtins__.__name__, type(__loader__).__name__, __spec__ and __spec__.name, __package__)\n"
        "    print(sys.argv, sys.path, __file__, type(pickle.loads(pickle.dumps(Kept()))) is Kept)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(double, [1, 2]))\n"
    )
    (folder / "inside").mkdir()
    for place in ("inside/main.py", "package/main.py"):
        (folder / place).write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for program in (["inside/main.py", "a"], ["-m", "package.main", "a"]):
        plain = subprocess.run(
            [sys.executable, *program], cwd=folder, capture_output=True, text=True, timeout=60, env=environment
        )
        assert plain.returncode == 0 and arxla(folder, "--quiet", *program).stdout == plain.stdout


def test_packages_that_fail_around_a_module(folder: Path) -> None:
    (folder / "package").mkdir()
    for source, code, said in (
        ("raise SystemExit(4)", 4, ""),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("import no_such", 1, "no_such"),
    ):
        (folder / "package" / "__init__.py").write_text(source)
        (folder / "package" / "module.py").write_text("")
        done = arxla(folder, "--quiet", "-m", "package.module")
        assert done.returncode == code and said in done.stderr and "arxla" not in done.stderr


def test_a_program_that_closes_its_streams(folder: Path) -> None:
    for stream in ("stdout", "stderr"):
        (folder / "closes.py").write_text(f"import sys\nsys.{stream}.close()")
        done = arxla(folder, "closes.py")
        assert done.returncode == 0 and "Traceback" not in done.stderr
        assert ("closes.<module>" in done.stderr) == (stream == "stdout")


def test_a_name_that_is_not_utf_8(folder: Path) -> None:
    name = os.fsdecode(b"odd\xff.py")
    (folder / name).write_text("def f(): return 1\nf()")
    assert arxla(folder, "--out", "x.json", name).returncode == 0
    assert Profile.load(folder / "x.json").functions[r"odd\udcff.f"].file.endswith(r"odd\udcff.py")


def test_where_nothing_can_be_written_nothing_runs(folder: Path) -> None:
    done = arxla(folder, "--out", "/proc/x.json", "script.py", "a")
    assert (done.returncode, done.stdout) == (2, "") and "/proc/x.json can't be written" in done.stderr
    assert arxla(folder, "--quiet", "--out", os.devnull, "script.py", "a").returncode == 0
    (folder / "link.json").symlink_to(folder / "x.json")
    assert arxla(folder, "--out", "link.json", "script.py", "a").returncode == 0
    assert (folder / "link.json").is_symlink() and Profile.load(folder / "x.json").functions
    assert {path.name for path in folder.iterdir()} == {"script.py", "link.json", "x.json"}


def test_a_profile_of_others_does_not_steer_the_terminal(folder: Path) -> None:
    function = {"file": "x.py", "line": 1, "arg_names": []}
    way = {"arg_types": ["a\x1b[31m"], "return_type": "[red]x\\[/red]"}
    profile = {"module_name": "\x1b[31mx", "python": "3", "wall_s": 1, "left_out": ["\x1b]0;x"]}
    profile |= {"functions": {"f\x1b[2J": function}, "function_calls": {"f\x1b[2J": [way]}}
    profile |= {"hot_paths": [{"functions": ["f\x1b[2J"], "share": 1}]}
    (folder / "x.json").write_text(json.dumps({"version": 1, **profile}))
    done = arxla(folder, "show", "x.json")
    assert done.returncode == 0 and "\x1b" not in done.stdout and r"[red]x\[/red]" in done.stdout


def test_merge_and_show(folder: Path) -> None:
    for name in ("a.json", "b.json"):
        arxla(folder, "--quiet", "--out", name, "script.py", "x")
    assert arxla(folder, "merge", "a.json", "b.json", "--out", "c.json").returncode == 0
    assert Profile.load(folder / "c.json").functions["script.f"].calls == 2
    assert "script.f" in arxla(folder, "show", "c.json").stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["none.py"], "There is no script none.py."),
        (["-m", "no_such_module"], "There is no module no_such_module"),
        (["broken.py"], "broken.py can't be run"),
        (["folder"], "folder is a folder"),
        (["-m", "folder"], "without __main__"),
        (["-m", "json.none"], "There is no module json.none"),
        (["-m", "json.tool.none"], "There is no module json.tool.none"),
        (["-m", ".json"], "There is no module .json"),
        (["-m", "math"], "not written in Python"),
        (["--out", "folder", "script.py"], "is a folder"),
        (["merge", "script.py", "--out", "c.json"], "is no profile"),
        (["merge", "a.json"], "--out FILE.json"),
        (["show"], "Name the profile"),
    ],
)
def test_bad_input_is_one_sentence(folder: Path, arguments: list[str], sentence: str) -> None:
    (folder / "broken.py").write_text("def (")
    (folder / "folder").mkdir()
    done = arxla(folder, *arguments)
    assert done.returncode == 2 and sentence in done.stderr and len(done.stderr.splitlines()) == 1
