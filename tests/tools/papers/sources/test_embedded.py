"""The embedded index: what it keeps, two writers at once, a writer that is killed, and damage."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from paper_library import NOW, Letters, entry_of, filled, names, new_entry, paper

from runtime.errors import InputError, SourceUnavailable
from tools.papers.sources.embedded import FOLDER, TEXTS, EmbeddedIndex, NewEntry
from tools.papers.sources.lock import hold_lock
from tools.papers.sources.vectors import fuse

ROOT = Path(__file__).parents[4]
WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {servers!r}]
from paper_library import new_entry, paper
from tools.papers.sources.embedded import EmbeddedIndex
folder, scratch, name = Path({folder!r}), Path({scratch!r}), sys.argv[1]
index = EmbeddedIndex(folder)
print("ready", flush=True)
sys.stdin.readline()
for batch in range(int(sys.argv[2])):
    ids = [f"{{name}}-{{batch}}-{{n}}" for n in range(5)]
    index.add([new_entry(scratch, paper(one), f"text of {{name}}, {{one}}") for one in ids])
    print(batch, flush=True)
"""


def writer(tmp_path: Path, name: str, batches: int) -> subprocess.Popen[str]:
    places = {"root": str(ROOT), "servers": str(ROOT / "tests/servers"), "folder": str(tmp_path / "papers")}
    code = WRITER.format(**places, scratch=str(tmp_path))
    command = [sys.executable, "-c", code, name, str(batches)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def texts(index: EmbeddedIndex) -> set[str]:
    return {path.name for path in (index.folder / TEXTS).iterdir()}


def test_reading_makes_nothing(tmp_path):
    index = EmbeddedIndex(tmp_path / "papers")
    assert (
        index.count() == 0 and index.entries() == index.search("x", 5) == index.recent(5, 5) == index.random(5, 0) == []
    )
    with pytest.raises(InputError, match="is empty: `arxla papers add PATH` fills it"):
        index.get("x")
    assert not (tmp_path / "papers").exists()


def test_what_came_from_the_same_place_is_replaced(index, tmp_path):
    index.add([new_entry(tmp_path, paper("note"), "first words", "1", "/note.md")])
    before = texts(index)
    [kept] = index.add([new_entry(tmp_path, paper("other-name"), "second words", "2", "/note.md")])
    assert kept.paper.id == "note"
    assert index.search("first", 5) == [] and names(index.search("second", 5)) == ["note"]
    assert len(texts(index)) == len(before) and texts(index) != before


def test_different_papers_of_one_name_have_two_ids(index, tmp_path):
    same = [new_entry(tmp_path, paper("paper"), "one", "1", f"/{folder}/paper.pdf") for folder in "abc"]
    kept = [entry.paper.id for entry in index.add(same[:1]) + index.add(same[1:])]
    assert kept[0] == "paper" and len(set(kept)) == 3 and all(name.startswith("paper") for name in kept)
    again = index.add(same)
    assert [entry.paper.id for entry in again] == kept and index.count() == 8


def test_a_text_that_two_papers_share_outlives_one_of_them(index, tmp_path):
    index.add([new_entry(tmp_path, paper(name), "the same text", "1", f"/{name}") for name in ("a", "b")])
    index.remove("a")
    assert index.fetch(index.get("b"), tmp_path / "out").characters == 13
    index.remove("b")
    assert len(texts(index)) == 5
    with pytest.raises(InputError, match="no paper 'b'"):
        index.remove("b")


def test_of_some_papers_only_the_abstract_is_known(index, tmp_path):
    index.add([NewEntry(entry_of(paper("short", abstract="All that is known.")), None)])
    fetched = index.fetch(index.get("short"), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "About short\n\nAll that is known."
    assert fetched.warnings == ["Only the abstract is known."]


def test_a_text_that_is_gone_is_said(index, tmp_path):
    Path(index.get("beit").location).unlink()
    with pytest.raises(InputError, match="add the paper again"):
        index.fetch(index.get("beit"), tmp_path / "out")


def test_undated_papers_are_as_recent_as_they_were_added_and_the_future_is_not_recent(tmp_path):
    index = EmbeddedIndex(tmp_path / "papers")
    papers = [paper("undated"), paper("old", published="1998"), paper("typo", published="2999-01-01")]
    index.add([new_entry(tmp_path, one) for one in papers])
    assert names(index.recent(2, 5)) == ["undated"]
    later = EmbeddedIndex(tmp_path / "papers", now=lambda: NOW + timedelta(days=5))
    assert later.recent(2, 5) == []


@pytest.mark.parametrize("odd", ["../../etc/passwd", "a\nb", "<b>x</b>", "ünï", "日本", 'quo"te', "x" * 512])
def test_odd_ids_are_kept_as_they_are(index, tmp_path, odd):
    index.add([new_entry(tmp_path, paper(odd), "odd words")])
    found = index.get(odd)
    assert found.id == odd and Path(found.location).parent == index.folder / TEXTS
    assert "/" not in found.slug and "\n" not in found.slug
    assert names(index.query({"term": {"id": odd}}, 5)) == names([found])
    index.remove(odd)
    assert index.count() == 5


@pytest.mark.parametrize("bad", ["", "x" * 513])
def test_impossible_ids_are_refused_before_anything_is_written(tmp_path, bad):
    index = EmbeddedIndex(tmp_path / "papers")
    with pytest.raises(InputError, match="1 to 512 characters"):
        index.add([new_entry(tmp_path, paper("good"), "x"), new_entry(tmp_path, paper(bad), "x")])
    assert not (tmp_path / "papers").exists()


def test_an_open_index_sees_what_others_write(index, tmp_path):
    other = EmbeddedIndex(index.folder)
    assert other.count() == 5
    index.add([new_entry(tmp_path, paper("new"), "fresh")])
    assert other.count() == 6 and names(other.search("fresh", 5)) == ["new"]


def test_two_processes_write_at_once(tmp_path):
    writers = [writer(tmp_path, name, 6) for name in ("left", "right")]
    for process in writers:
        go(process)
    assert [process.wait(60) for process in writers] == [0, 0]
    index = EmbeddedIndex(tmp_path / "papers")
    assert index.count() == 60 == len(texts(index))
    assert len(index.search("left right", 100)) == 60


def test_a_killed_writer_leaves_whole_batches_and_no_lock(tmp_path):
    process = writer(tmp_path, "dead", 10_000)
    go(process)
    assert process.stdout
    for _ in range(3):
        process.stdout.readline()
    time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    index = EmbeddedIndex(tmp_path / "papers", patience_s=5)
    count = index.count()
    assert count >= 15 and count % 5 == 0
    for entry in index.entries():
        assert Path(entry.paper.location).read_text().startswith("text of dead")
    index.add([new_entry(tmp_path, paper("alive"), "after the kill")])
    assert index.count() == count + 1 and names(index.search("kill", 5)) == ["alive"]


def test_a_writer_waits_for_the_other_but_not_for_ever(index, tmp_path):
    impatient = EmbeddedIndex(index.folder, patience_s=0.05)
    with hold_lock(index.folder / ".lock", 1), pytest.raises(SourceUnavailable, match="wait for it to end"):
        impatient.add([new_entry(tmp_path, paper("late"), "x")])
    impatient.add([new_entry(tmp_path, paper("late"), "x")])
    assert impatient.get("late").id == "late"


@pytest.mark.parametrize("damage", ["garbage", "another index"])
def test_a_damaged_index_is_named(index, damage):
    meta = index.folder / FOLDER / "meta.json"
    meta.write_text("garbage" if damage == "garbage" else meta.read_text().replace('"abstract"', '"abridged"'))
    with pytest.raises(InputError, match="move the folder away"):
        EmbeddedIndex(index.folder).get("beit")


def test_a_vast_paper_is_searched_and_kept_whole(tmp_path):
    index = EmbeddedIndex(tmp_path / "papers")
    text = "word " * 400_000 + "needle"
    index.add([new_entry(tmp_path, paper("vast"), text)])
    assert names(index.search("needle", 5)) == ["vast"]
    assert index.fetch(index.get("vast"), tmp_path / "out").characters == len(text)


def test_vectors_find_what_words_do_not(tmp_path):
    index = filled(EmbeddedIndex(tmp_path / "papers", Letters()), tmp_path)
    assert index.embed() == 0
    found = names(index.search("ecisyhp", 5))  # no word of any paper
    assert found and EmbeddedIndex(index.folder).search("ecisyhp", 5) == []
    assert names(index.search("deep residual learning", 5))[0] == "resnet"
    index.remove("resnet")
    assert "resnet" not in names(index.search("deep residual learning", 5))
    index.add([new_entry(tmp_path, paper("changed", "zzz"), "x", "1", "/x")])
    assert index.embed() == 1
    index.add([new_entry(tmp_path, paper("changed", "yyy"), "x", "2", "/x")])
    assert index.embed() == 1


def test_an_embedder_that_came_later_is_not_said_to_rank(tmp_path):
    filled(EmbeddedIndex(tmp_path / "papers"), tmp_path)
    index = EmbeddedIndex(tmp_path / "papers", Letters())
    assert names(index.search("residual", 5)) == ["resnet"]
    assert "knows 0 of 5 papers" in index.ranking
    assert not (index.folder / "vectors.db").exists()
    index.embed()
    assert index.ranking == "BM25 and letters"


def test_a_broken_file_of_vectors_is_named(tmp_path):
    index = filled(EmbeddedIndex(tmp_path / "papers", Letters()), tmp_path)
    (index.folder / "vectors.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(SourceUnavailable, match="delete it"):
        index.search("x", 5)


def test_fusion_prefers_what_both_rankings_like():
    assert fuse([["a", "b", "c"], ["b", "d"]], 3) == ["b", "a", "d"]
    assert fuse([[], []], 3) == []


def test_the_real_embedder():
    pytest.importorskip("wordllama")
    from tools.papers.sources.vectors import installed_embedder

    embedder = installed_embedder()
    assert embedder is not None
    picture, photo, physics = embedder.embed(["classify pictures", "image classification", "fluid dynamics equations"])
    assert picture @ photo > picture @ physics
