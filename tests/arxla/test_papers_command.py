"""`arxla papers` as a user meets it."""

import json
import os
import subprocess
import sys

import pytest
from paper_library import documents, files, index_documents, stand_in
from typer.testing import CliRunner

from arxla import checks, cli
from arxla.commands import doctor
from arxla.commands.papers import app
from runtime.errors import InputError
from runtime.settings import load_settings


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder to be in, and no configuration."""
    for name in ("OPENSEARCH_URL", "PAPERS_BUCKET", "ARXLA_PAPERS_DIR"):
        monkeypatch.delenv(name, raising=False)
    for module in ("files", "adding", "s3"):
        monkeypatch.setattr(f"tools.papers.sources.{module}.extract", stand_in)
    monkeypatch.setattr("tools.papers.sources.finding.installed_embedder", lambda: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments, code=0):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def test_add_search_show_list_remove(place):
    folder = files(place / "files").path
    assert "5 added" in run("add", str(folder)).stdout
    assert "5 unchanged" in run("add", str(folder)).stdout
    assert "Deep residual learning" in run("search", "residual").stdout
    assert "No paper in index" in run("search", "zebra").stdout
    shown = run("show", "resnet").stdout
    assert "Residual networks for pictures." in shown and str(folder / "resnet.md") in shown
    assert run("list").stdout.count("markdown") == 5
    assert "2 of 5 papers" in run("list", "--limit", "2").stdout
    assert "Removed resnet" in run("remove", "resnet").stdout
    with pytest.raises(InputError, match="did you mean 'beit'"):
        run("show", "biet")


def test_the_same_as_json(place):
    folder = files(place / "files").path
    assert {line["state"] for line in json.loads(run("add", str(folder), "--json").stdout)} == {"added"}
    assert json.loads(run("search", "residual", "--json").stdout)[0]["id"] == "resnet"
    assert json.loads(run("show", "resnet", "--json").stdout)["paper"]["title"] == "Deep residual learning"
    assert len(json.loads(run("list", "--json").stdout)) == 5
    assert json.loads(run("search", "zebra", "--json").stdout) == []


def test_broken_files_are_passed_and_named_at_the_end(place):
    folder = files(place / "files").path
    (folder / "bad.md").write_text("BROKEN")
    result = run("add", str(folder), code=1)
    assert "5 added, 1 failed" in result.stdout
    assert "bad.md" in result.stderr and "it is broken" in result.stderr
    lines = json.loads(run("add", str(folder), "--json", code=1).stdout)
    assert sorted(line["state"] for line in lines) == ["failed"] + ["unchanged"] * 5


def test_a_hostile_title_steers_no_terminal(place):
    (place / "evil.md").write_text(
        "# [red]x[/red] \x1b[2J\x1b]0;owned\x07 \u202egnp\n\n[link=http://evil]abs[/link]\n\ntext"
    )
    for arguments in (["add", "evil.md"], ["list"], ["show", "evil"], ["search", "text"]):
        output = run(*arguments).output
        assert "\x1b" not in output and "\u202e" not in output and "\x07" not in output
        assert "[red]x[/red]" in output


def test_a_sentence_with_a_hostile_name_steers_no_terminal(monkeypatch, capsys):
    def fails():
        raise InputError("x\x1b]0;owned\x07\u202e.pdf is not a PDF:\ndownload it again.")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err == "arxla: x]0;owned.pdf is not a PDF:\ndownload it again.\n"


def test_bad_input(place):
    (place / "empty").mkdir()
    for arguments, says in (
        (["add", "absent"], "no file or folder 'absent'"),
        (["add", "empty"], "no paper in what you named"),
        (["search", "x", "--source", "web"], "no source of papers called 'web'"),
        (["sync"], "set OPENSEARCH_URL"),
        (["show", "x"], "is empty"),
        (["remove", "x"], "is empty"),
    ):
        with pytest.raises(InputError, match=says):
            run(*arguments)
    assert "is empty" in run("list").stdout and "is empty" in run("search", "x").stdout
    run("add", str(files(place / "files").path))
    with pytest.raises(InputError, match="no word"):
        run("search", "!!!")


def test_a_file_is_searched_where_it_lies(place):
    folder = files(place / "files").path
    assert "pinn-2024" in run("search", "Burgers", "--source", f"file:{folder}").stdout
    assert not (place / "papers").exists()


def test_the_folder_can_be_named(place, monkeypatch):
    folder = files(place / "files").path
    run("add", str(folder / "beit.md"), "--papers-dir", "mine")
    monkeypatch.setenv("ARXLA_PAPERS_DIR", "mine")
    assert "beit" in run("list").stdout


def test_help_does_not_wait_for_the_index():
    slow = ("tantivy", "boto3", "opensearchpy")
    code = f"import sys; from arxla.commands import papers; print(any(name in sys.modules for name in {slow}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "False"


@pytest.fixture
def opensearch(monkeypatch):
    """An index of our own with the library in it, in the environment's OpenSearch."""
    url = os.environ.get("ARXLA_OPENSEARCH_URL")
    if not url:
        pytest.skip("ARXLA_OPENSEARCH_URL is not set")
    from opensearchpy import OpenSearch

    client, name = OpenSearch([url]), f"arxla-test-command-{os.getpid()}"
    index_documents(client, name, documents())
    monkeypatch.setenv("OPENSEARCH_URL", url)
    monkeypatch.setenv("OPENSEARCH_INDEX", name)
    yield name
    client.indices.delete(index=name)


@pytest.mark.service
@pytest.mark.usefixtures("opensearch")
def test_sync():
    assert "2 added" in run("sync", "--recent-days", "30").stdout
    assert "1 added" in run("sync", "--query", '{"match": {"title": "physics"}}').stdout
    assert "2 added, 3 unchanged" in run("sync").stdout
    assert "4 unchanged" in run("sync", "--max-papers", "4").stdout
    assert "Nothing to add" in run("sync", "--query", '{"match_none": {}}').stdout
    assert "pinn-2024" in run("search", "Burgers").stdout
    assert "pinn-2024" in run("search", "Burgers", "--source", "opensearch").stdout
    with pytest.raises(InputError, match="refuses the query"):
        run("sync", "--query", '{"nonsense": {}}')
    with pytest.raises(InputError, match="one of"):
        run("sync", "--query", "{}", "--recent-days", "3")


@pytest.mark.service
@pytest.mark.usefixtures("opensearch")
def test_the_doctor_reaches_opensearch():
    check = checks.check_opensearch(load_settings(env_file=None))
    assert check.state == "ok" and "5 papers in the index" in check.detail


def test_the_doctor_looks_at_what_is_configured(place, monkeypatch):
    assert doctor._papers(load_settings(env_file=None)) == []
    run("add", str(files(place / "files").path))
    monkeypatch.setenv("OPENSEARCH_URL", "http://reader:s3cret@127.0.0.1:9")
    monkeypatch.setenv("PAPERS_BUCKET", "texts")
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    found = [check() for check in doctor._papers(load_settings(env_file=None))]
    assert [(check.name, check.state) for check in found] == [
        ("papers", "ok"),
        ("opensearch", "fail"),
        ("bucket", "fail"),
    ]
    assert "5 papers in papers" in found[0].detail and "does not answer" in found[1].detail
    assert all(check.advice for check in found[1:]) and "s3cret" not in "".join(check.detail for check in found)
    (place / "papers" / "index-1" / "meta.json").write_text("garbage")
    assert checks.check_papers_index(place / "papers").state == "fail"
