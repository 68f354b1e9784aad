"""From what a user writes to papers."""

import time
from pathlib import Path

import pytest
from paper_library import NOW, files, names, new_entry, paper

from runtime.errors import InputError
from tools.papers.sources import PaperSelection, find_paper, open_source, select_papers
from tools.papers.sources.adding import add_files
from tools.papers.sources.embedded import EmbeddedIndex
from tools.papers.sources.files import papers_in
from tools.papers.sources.side_by_side import side_by_side

pytestmark = pytest.mark.usefixtures("extraction")


def test_a_path_is_a_file(settings, tmp_path):
    folder = files(tmp_path / "files").path
    for reference in (str(folder / "beit.md"), f"file:{folder / 'beit.md'}"):
        source, found = find_paper(reference, settings)
        assert source.name == "file" and found.location == str(folder / "beit.md")
        assert source.fetch(found, tmp_path / "out").title == "Pre-training of picture transformers"


def test_a_path_from_home(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(files(tmp_path / "files").path))
    assert find_paper("~/beit.md", settings)[1].slug == "beit"


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("{files}", "holds 5 papers: name one of"),
        ("{files}/bait.md", "did you mean 'beit.md'"),
        ("{tmp}/emptie", "is no file here .did you mean 'empty'"),
        ("nowhere.pdf", "no file or folder 'nowhere.pdf'"),
        ("{tmp}/empty", "holds no paper"),
        ("resnt", "did you mean 'resnet'"),
        ("index:resnt", "did you mean 'resnet'"),
        ("opensearch:resnet", "set OPENSEARCH_URL"),
        ("index:../../etc/passwd", "no paper '../../etc/passwd' in the index"),
        ("index:/etc/passwd", "no paper '/etc/passwd'"),
        ("x\ny", "no paper 'x.ny'"),
        ("x" * 5000, "no paper"),
        ("\0", "no paper"),
        ("<script>", "no paper '<script>'"),
    ],
)
@pytest.mark.usefixtures("index")
def test_what_is_not_there(settings, tmp_path, reference, says):
    files(tmp_path / "files")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=says) as raised:
        find_paper(reference.format(files=tmp_path / "files", tmp=tmp_path), settings)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 1000


@pytest.mark.usefixtures("index")
def test_a_bare_id_is_looked_up_in_the_index(settings):
    source, found = find_paper("1706.03762", settings)
    assert (source.name, found.title) == ("index", "Attention is all you need")
    assert find_paper("index:beit", settings)[1].id == "beit"


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("paper_id", ["/etc/passwd", "file:/etc/passwd"])
def test_an_id_that_others_wrote_is_never_a_path(settings, paper_id):
    with pytest.raises(InputError, match=f"no paper '{paper_id}'"):
        select_papers(PaperSelection(paper_id=paper_id), settings)


@pytest.mark.parametrize("name", ["nowhere", "", "index2"])
def test_an_unknown_source(settings, name):
    with pytest.raises(InputError, match="index, opensearch and file:PATH"):
        open_source(name, settings)


def test_a_latex_folder_is_one_paper(tmp_path, settings):
    folder = tmp_path / "work" / "latex"
    folder.mkdir(parents=True)
    (folder / "main.tex").write_text("\\documentclass{article} # T")
    (folder / "method.tex").write_text("the method")
    (tmp_path / "work" / "notes.txt").write_text("notes")
    (tmp_path / "work" / ".hidden.txt").write_text("hidden")
    (tmp_path / "work" / "data.csv").write_text("1,2")
    (tmp_path / "work" / "link.txt").symlink_to("/etc/passwd")
    assert papers_in(tmp_path / "work") == [folder, tmp_path / "work" / "notes.txt"]
    assert find_paper(str(folder), settings)[1].id == str(folder)


def test_several_latex_papers_side_by_side_are_several(tmp_path):
    for name in ("attention", "resnet"):
        (tmp_path / f"{name}.tex").write_text("\\documentclass{article} # T")
    (tmp_path / "beit.md").write_text("# T")
    assert [path.name for path in papers_in(tmp_path)] == ["attention.tex", "beit.md", "resnet.tex"]
    (tmp_path / "resnet.tex").rename(tmp_path / "paper.tex")
    assert papers_in(tmp_path) == [tmp_path]


def test_what_a_latex_folder_holds_beside_its_paper_is_named(tmp_path):
    folder = tmp_path / "latex"
    folder.mkdir()
    (folder / "main.tex").write_text("\\documentclass{article} \\includegraphics{curves} \\input{method}")
    for name in ("method.tex", "curves.pdf", "README.md", "other.pdf", "notes.txt"):
        (folder / name).write_text("words")
    [line] = add_files(EmbeddedIndex(tmp_path / "papers"), papers_in(folder), lambda: NOW)
    assert line.state == "added"
    assert line.reason == "Read as one LaTeX paper; not read: notes.txt, other.pdf (add them by name)."


def test_broken_files_are_named_by_a_folder(tmp_path):
    source = files(tmp_path / "files")
    (source.path / "bad.md").write_text("BROKEN")
    assert len(source.search("pictures attention residual physics light", 20)) == 5
    assert list(source.broken) == [str(source.path / "bad.md")]


def test_adding_goes_on_past_broken_files(tmp_path):
    folder = files(tmp_path / "files").path
    (folder / "bad.md").write_text("BROKEN")
    index = EmbeddedIndex(tmp_path / "papers")

    def add():
        return {line.name.rsplit("/")[-1]: line for line in add_files(index, papers_in(folder), lambda: NOW)}

    first = add()
    assert {line.state for name, line in first.items() if name != "bad.md"} == {"added"}
    assert first["bad.md"].state == "failed" and "it is broken" in first["bad.md"].reason
    assert {line.state for line in add().values()} == {"unchanged", "failed"}
    (folder / "beit.md").write_text("# New\n\nabstract\n\nfresh\n")
    (folder / "copy.md").write_text((folder / "resnet.md").read_text())
    again = add()
    assert again["beit.md"].state == "changed" and again["beit.md"].id == "beit"
    assert again["copy.md"].state == "unchanged" and again["copy.md"].id == "resnet"
    assert index.count() == 5 and names(index.search("fresh", 5)) == ["beit"]


def test_a_lost_text_comes_back_when_its_paper_is_added_again(tmp_path):
    place = files(tmp_path / "files").path / "beit.md"
    index = EmbeddedIndex(tmp_path / "papers")
    assert [line.state for line in add_files(index, [place], lambda: NOW)] == ["added"]
    lost = Path(index.get("beit").location)
    lost.unlink()
    with pytest.raises(InputError, match="add the paper again"):
        index.fetch(index.get("beit"), tmp_path / "out")
    assert [line.state for line in add_files(index, [place], lambda: NOW)] == ["changed"]
    assert lost.is_file() and index.count() == 1


def test_one_content_under_two_names_is_one_paper(tmp_path):
    folder = files(tmp_path / "files").path
    (folder / "beit2.md").write_text((folder / "beit.md").read_text())
    index = EmbeddedIndex(tmp_path / "papers")
    lines = {line.name.rsplit("/")[-1]: line for line in add_files(index, papers_in(folder), lambda: NOW)}
    assert index.count() == 5 and lines["beit2.md"].reason.endswith("beit.md.")


def test_an_index_within_its_folder_of_papers_does_not_eat_itself(tmp_path):
    folder = files(tmp_path / "papers").path
    index = EmbeddedIndex(folder)
    for _ in range(2):
        list(add_files(index, papers_in(folder), lambda: NOW))
        assert index.count() == 5 and len(papers_in(folder)) == 5


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"paper_id": "resnet"}, ["resnet"]),
        ({"recent_days": 30}, ["1706.03762", "resnet"]),
        ({"recent_days": 300, "max_papers": 1}, ["1706.03762"]),
        ({"query": '{"match": {"title": "residual"}}'}, ["resnet"]),
        ({"query": {"query": {"match": {"title": "residual"}}}}, ["resnet"]),
        ({"paper_id": "resnet", "source": "index"}, ["resnet"]),
    ],
)
@pytest.mark.usefixtures("index")
def test_selections(settings, options, found):
    assert names(select_papers(PaperSelection.asked(**options), settings)) == found


@pytest.mark.usefixtures("index")
def test_random_selections_follow_the_seed(settings):
    first, again, other = (
        names(select_papers(PaperSelection.asked(random=True, max_papers=3, seed=seed), settings)) for seed in (1, 1, 2)
    )
    assert first == again and len(set(first)) == 3 and first != other


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Choose exactly one of --paper-id, --recent-days, --random and --query"),
        ({"random": True, "recent_days": 3}, "Choose exactly one"),
        ({"query": "{match"}, "--query: not JSON"),
        ({"query": "[1]"}, "--query: input should be a valid dictionary"),
        ({"recent_days": 0}, "--recent-days: input should be greater"),
        ({"random": True, "max_papers": 0}, "--max-papers: input should be greater"),
        ({"random": True, "source": "web"}, "--source: input should be"),
    ],
)
def test_selections_that_can_not_be_meant(options, says):
    with pytest.raises(InputError, match=says):
        PaperSelection.asked(**options)


@pytest.mark.parametrize("options", [{"recent_days": 1}, {"query": '{"match_none": {}}'}, {"random": True}])
def test_an_empty_selection_says_so(settings, tmp_path, options):
    if "random" not in options:
        EmbeddedIndex(settings.arxla_papers_dir).add([new_entry(tmp_path, paper("old", published="1999"))])
    with pytest.raises(InputError, match="There is no paper"):
        select_papers(PaperSelection.asked(**options), settings)


def test_side_by_side_keeps_the_order_and_raises_in_turn():
    assert list(side_by_side(range(50), lambda number, _: number * 2)) == [number * 2 for number in range(50)]
    answers = side_by_side([1, 0, 2], lambda number, _: 1 // number)
    assert next(answers) == 1
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_side_by_side_takes_few_in_advance():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    answers = side_by_side(items(), lambda number, _: number, workers=2)
    next(answers)
    answers.close()
    assert len(taken) < 10


def test_who_stops_listening_stops_the_work_that_goes_on():
    answers = side_by_side([0.0, 30.0], lambda seconds, stop: stop.wait(seconds), workers=2)
    begun = time.monotonic()
    assert next(answers) is False
    answers.close()
    assert time.monotonic() - begun < 10
