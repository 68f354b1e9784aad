"""`arxla review` from the outside: output, exit codes, files changed."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from arxla.commands.review import review
from runtime.errors import InputError
from tools.review.examples import scaffold

CLEAN = scaffold("end", "return model, metrics")
FAULTY = CLEAN.replace("            torch_xla.sync()\n", "")


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command("review")(review)
    return made


def run(app: typer.Typer, *args: str, stdin: str | None = None) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(args), input=stdin)
    return result.exit_code, result.stdout, result.exception


def test_clean_is_zero_and_findings_are_one(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLEAN)
    (tmp_path / "b.py").write_text(FAULTY)
    assert run(app, str(tmp_path / "a.py"))[:2] == (0, "No findings.\n")
    code, out, _ = run(app, str(tmp_path))
    assert code == 1 and "b.py" in out and "XLA001" in out


def test_fix_writes_and_diff_does_not(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "b.py"
    path.write_text(FAULTY)
    code, out, _ = run(app, str(path), "--diff")
    assert code == 0 and "+                torch_xla.sync()" in out and path.read_text() == FAULTY
    assert run(app, str(path), "--fix")[0] == 0 and "torch_xla.sync()" in path.read_text()


def test_a_folder_is_summed_up_once_and_its_hidden_parts_are_left_out(app: typer.Typer, tmp_path: Path) -> None:
    for name in ("a.py", "b.py", ".venv/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CLEAN if name == "a.py" else FAULTY)
    out = run(app, str(tmp_path))[1]
    assert out.count("XLA001 error") == 1 and out.count("Found 1 error") == 1 and "No findings" not in out


def test_fix_says_what_it_did_and_keeps_the_byte_order_mark_and_line_ends(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "b.py"
    path.write_bytes(b"\xef\xbb\xbf" + FAULTY.replace("\n", "\r\n").encode())
    assert run(app, str(path), "--fix")[1] == f"{path}: mended XLA001\nNo findings.\n"
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf") and b"torch_xla.sync()\r\n" in written
    assert written.count(b"\n") == written.count(b"\r\n")


def test_standard_input_and_json_and_sarif(app: typer.Typer) -> None:
    code, out, _ = run(app, "-", "--json", stdin=FAULTY)
    assert code == 1 and json.loads(out)[0]["rule"] == "XLA001"
    assert json.loads(run(app, "-", "--sarif", stdin=FAULTY)[1])["runs"][0]["results"]
    assert run(app, "-", "--fix", stdin=FAULTY)[1].count("torch_xla.sync()") == 1


def test_select_ignore_target(app: typer.Typer) -> None:
    assert run(app, "-", "--ignore", "XLA", stdin=FAULTY)[0] == 0
    assert run(app, "-", "--select", "SEC,TRN", stdin=FAULTY)[0] == 0
    assert run(app, "-", "--target", "cpu", stdin=FAULTY)[0] == 0


@pytest.mark.parametrize(
    "args, sentence",
    [
        (["none.py"], "There is no file none.py."),
        ([], "Name a file"),
        (["-", "--target", "tpu"], "The target 'tpu' is unknown"),
        (["-", "--select", "ZZZ"], "No rule is called ZZZ"),
        (["--explain", "ZZZ"], "No rule is called ZZZ"),
    ],
)
def test_bad_input_is_one_sentence(app: typer.Typer, args: list[str], sentence: str) -> None:
    _, _, error = run(app, *args, stdin="")
    assert isinstance(error, InputError) and sentence in str(error)


def test_a_file_that_is_no_text(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe\x00")
    assert isinstance(run(app, str(tmp_path / "a.py"))[2], InputError)
    (tmp_path / "f.json").write_text("{}")
    assert isinstance(run(app, str(tmp_path / "f.json"))[2], InputError)
    assert isinstance(run(app, str(tmp_path / "void"))[2], InputError)


def test_list_and_explain(app: typer.Typer) -> None:
    assert "XLA001" in run(app, "--list")[1]
    assert "training step without a sync" in run(app, "--explain", "xla001")[1]
