"""The public way in: any form to one text, hostile files kept in their process, one sentence for what is refused."""

import gzip
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from pdf_writing import Word, write_pdf

from runtime.errors import InputError
from tools.papers.extract import Limits, extract

LATEX = "\\documentclass{article}\\title{T}\\begin{document}\\section{S} words \\input{part}\\end{document}"


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "main.tex").write_text(LATEX)
    (path / "part.tex").write_text("of a part")


FORMS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a.pdf": ("pdf", lambda path: write_pdf(path, [[Word(80, 700, "words of a part")]])),
    "folder": ("latex", make_folder),
    "a.tex": ("latex", lambda path: path.write_text("\\section{S} words of a part")),
    "a.md": ("markdown", lambda path: path.write_text("# T\n\nwords of a part\n")),
    "a.txt": ("text", lambda path: path.write_text("words of a part\n")),
    "a.html": ("html", lambda path: path.write_text("<html><p>words of a part</p></html>")),
    "a.md.gz": ("markdown", lambda path: path.write_bytes(gzip.compress(b"words of a part\n"))),
    "paper": ("html", lambda path: path.write_text("<!DOCTYPE html><html><p>words of a part</p></html>")),
    "source": (
        "latex",
        lambda path: path.write_text("\\documentclass{article}\\begin{document}words of a part\\end{document}"),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form(tmp_path: Path, name: str) -> None:
    form, make = FORMS[name]
    make(tmp_path / name)
    out = tmp_path / "out" / "text"
    fetched = extract(tmp_path / name, out)
    text = out.read_text()
    assert "words of a part" in text
    assert (fetched.form, fetched.characters, fetched.path) == (form, len(text), str(out))
    assert sorted(path.name for path in out.parent.iterdir()) == ["text"]


def self_link(path: Path) -> None:
    path.symlink_to(path)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone.pdf": (lambda _: None, "There is no paper at"),
    "empty.txt": (lambda path: path.write_bytes(b""), "is empty"),
    "blank.md": (lambda path: path.write_text(" \n\n"), "holds no text"),
    "pdf.txt": (lambda path: write_pdf(path, [[Word(80, 700, "x")]]), "is a PDF by its content"),
    "zip.pdf": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(50)), "is a zip archive"),
    "text.pdf": (lambda path: path.write_text("just text"), "is not a PDF by its content"),
    "bin.txt": (lambda path: path.write_bytes(bytes(range(256)) * 20), "is binary data"),
    "cut.txt.gz": (
        lambda path: path.write_bytes(gzip.compress(bytes(range(65, 91)) * 9)[:30]),
        "broken or cut off gzip",
    ),
    "void.txt.gz": (lambda path: path.write_bytes(gzip.compress(b"")), "unpacks to an empty file"),
    "no_tex": (lambda path: path.mkdir(), "holds no .tex file"),
    "loop": (self_link, "its links lead in a circle"),
    "device": (lambda path: path.symlink_to("/dev/null"), "neither a file nor a folder"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_read_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    make, sentence = REFUSED[name]
    make(tmp_path / name)
    out = tmp_path / "out" / "text"
    out.parent.mkdir()
    out.write_text("what was there")
    with pytest.raises(InputError, match=sentence) as refusal:
        extract(tmp_path / name, out)
    message = str(refusal.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert [path.name for path in out.parent.iterdir()] == ["text"]
    assert out.read_text() == "what was there"


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(wall_s=0.01), "took more than 0.01 s"),
        (Limits(memory_mb=32), "needs more than 32 MB"),
        (Limits(output_mb=1), "grows to more than 1 MB"),
        (Limits(input_mb=1), "is larger than 1 MB"),
        (Limits(cpu_s=1), "took more than 1 s"),
    ],
)
def test_a_paper_that_costs_too_much_is_refused(tmp_path: Path, limits: Limits, sentence: str) -> None:
    path = tmp_path / "huge.tex"
    path.write_text("\\section{a} $x$ \\textbf{words} of it.\n" * 60_000)
    with pytest.raises(InputError, match=sentence):
        extract(path, tmp_path / "out", limits)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(bytes(8 << 20)))
    with pytest.raises(InputError, match="unpacks to more than 2 MB"):
        extract(path, tmp_path / "out", Limits(input_mb=2))


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_the_reader_dies_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "huge.tex"
    path.write_text("\\section{a} $x$ \\textbf{words} of it.\n" * 400_000)
    program = f"""
        from pathlib import Path
        from tools.papers.extract import extract
        extract(Path({str(path)!r}), Path({str(tmp_path / "out")!r}))
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    child = _wait_for(lambda: children.read_text().split())[0]
    _wait_for(lambda: any(path.name == "text" for path in tmp_path.rglob(".extract-*/*")))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(10)
    _wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])


def _wait_for(look: Callable[[], object]) -> list[str]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := look():
            return found if isinstance(found, list) else []
        time.sleep(0.02)
    raise AssertionError("nothing came within 20 s")


@pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp and Landlock")
def test_the_reader_can_neither_call_out_nor_write_elsewhere(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = f"""
        import os, socket
        from tools.papers.readers.child_main import _bound
        _bound({{"memory_mb": 2048, "cpu_s": 60, "output_mb": 10, "parent": os.getppid(), "scratch": {str(scratch)!r}}})
        for act in (
            lambda: socket.socket(),
            lambda: open({str(tmp_path / "elsewhere")!r}, "w"),
            lambda: os.execv("/bin/true", ["true"]),
        ):
            try:
                act()
            except OSError:
                print("refused")
        open({str(scratch / "text")!r}, "w").close()
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.split() == ["refused"] * 3


def test_an_extraction_that_nobody_waits_for_any_more_ends(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    (tmp_path / "paper.txt").write_text("Some words.")
    with pytest.raises(InputError, match="everything was stopped"):
        extract(tmp_path / "paper.txt", tmp_path / "out", stop=stop)
    assert not (tmp_path / "out").exists()
