"""The form that starts a run, and what it takes in."""

import io
import json
import os
import time
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from arxla.web.app import create_app
from arxla.web.fields import GROUPS, HOW, SUBJECT
from arxla.web.uploads import KEPT_S, clear_uploads, safe_name
from graph import driving
from runtime.task import Task

CSV = b"a,b,label\n" + b"1.0,2.0,x\n2.0,1.0,y\n" * 40


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def packed(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def parquet():
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": [1.0, 2.0], "label": ["x", "y"]}), stream)
    return stream.getvalue()


def post(client, files=None, **fields):
    form = {"model": "expert", "target": "cpu", "trials": "2", "size_limit_kb": "64", "use_cache": "on"} | fields
    return client.post("/ui/new", data=form, files=files or {"dataset_file": ("", b"")})


def kept(settings):
    return [path.name for path in settings.out.glob(".server/uploads/*/*")]


def test_the_form_has_every_field_with_its_words(client):
    page = client.get("/ui/new?dataset=digits&goal=small").text
    assert 'value="digits"' in page and ">small</textarea>" in page
    assert 'name="trials" type="number" value="10" min="0" max="1000"' in page
    assert "Tuning trials; 0 keeps the defaults." in page and 'name="models.coder"' in page
    assert ">none</option>" not in page, "no isolation can't be chosen from a browser"


def test_every_field_of_a_task_has_its_place():
    placed = ["dataset", "paper", *SUBJECT, *HOW, *(name for names in GROUPS.values() for name in names)]
    assert sorted(placed) == sorted(Task.model_fields)


def test_a_run_is_started_with_what_the_form_says(client, backend, settings):
    answer = post(client, dataset="wine", **{"approve.code": "on", "models.coder": "expert", "max_minutes": "5"})
    run_id = answer.headers["location"].rpartition("/")[2]
    assert answer.status_code == 303
    assert backend.calls == [("open_thread", run_id), ("start", "thread-1", "wine", run_id)]
    record = json.loads((settings.out / run_id / "run.json").read_text())
    assert record["thread_id"] == "thread-1"
    task = record["task"]
    assert (task["trials"], task["approve"], task["models"], task["max_minutes"]) == (
        2,
        ["code"],
        {"coder": "expert"},
        5,
    )
    assert task["use_cache"] is True and task["fallback_to_expert"] is False


@pytest.mark.parametrize(
    ("fields", "name", "says"),
    [
        ({"dataset": "wine", "trials": "many"}, "trials", "valid integer"),
        ({"dataset": "wine", "trials": "5000"}, "trials", "less than or equal to 1000"),
        ({"dataset": "wine", "size_limit_kb": "-1"}, "size_limit_kb", "greater than 0"),
        ({"dataset": ""}, "dataset", "Name a dataset or a paper, or upload one."),
        ({"dataset": "wime"}, "dataset", "wine"),
        ({"paper": "/none/paper.pdf"}, "paper", "There is no paper at /none/paper.pdf"),
        ({"dataset": "wine", "model": "nonsense"}, "model", "nonsense"),
        ({"dataset": "wine", "function": "/none.json"}, "function", "none.json"),
        ({"dataset": "wine", "target": "toaster"}, "target", "It has to be"),
    ],
)
def test_a_fault_stands_beside_its_field(client, backend, settings, fields, name, says):
    answer = post(client, **fields)
    assert answer.status_code == 422 and backend.calls == [] and not list(settings.out.glob("*/run.json"))
    start = answer.text.index(f'id="{name}-about" class="error"')
    assert says in answer.text[start:].partition("</p>")[0].replace("&#39;", "'")
    assert f'value="{fields.get("trials", "2")}"' in answer.text, "what was filled in is kept"


def test_without_a_server_nothing_is_left_behind(client, backend, settings):
    backend.missing = True
    answer = post(client, {"dataset_file": ("x.csv", CSV)})
    assert answer.status_code == 503 and "No server runs behind this page" in answer.text
    assert not list(settings.out.glob("*/run.json")) and kept(settings) == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_what_is_no_form_is_told_so(client, kind):
    answer = client.post("/ui/new", content=b"dataset=wine", headers={"content-type": kind})
    assert answer.status_code == 422 and "The form could not be read; send it again." in answer.text


def test_what_a_task_names_is_looked_for_once(client, monkeypatch):
    looked = []
    find = driving.find_source
    monkeypatch.setattr(driving, "find_source", lambda *given: looked.append(given[0]) or find(*given))
    assert post(client, dataset="wine").status_code == 303
    assert looked == ["wine"]


def test_uploads_that_no_run_names_are_removed_after_a_day(settings, backend):
    with TestClient(create_app(settings, backend), follow_redirects=False) as client:
        assert post(client, {"dataset_file": ("named.csv", CSV)}).status_code == 303
    stale, fresh = (settings.out / ".server" / "uploads" / name for name in ("0" * 16, "1" * 16))
    for folder in (stale, fresh):
        folder.mkdir()
        (folder / f"{folder.name[0]}.csv").write_bytes(CSV)
    for folder in settings.out.glob(".server/uploads/*"):
        if folder != fresh:
            os.utime(folder, (time.time() - 2 * KEPT_S,) * 2)
    (settings.out / "wine-1").mkdir()
    (settings.out / "wine-1" / "run.json").mkdir()
    with pytest.raises(OSError):
        clear_uploads(settings.out, time.time())
    assert len(kept(settings)) == 3
    (settings.out / "wine-1" / "run.json").rmdir()
    with TestClient(create_app(settings, backend)):
        deadline = time.monotonic() + 10
        while stale.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert sorted(kept(settings)) == ["1.csv", "named.csv"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("my data.CSV", CSV),
        ("x.tsv", CSV.replace(b",", b"\t")),
        ("a.npz", npz(X=np.ones((60, 3)), y=np.arange(60) % 2)),
        ("../../etc/<b>.parquet", parquet()),
    ],
)
def test_a_dataset_is_taken_in(client, backend, settings, name, content):
    answer = post(client, {"dataset_file": (name, content)}, dataset="wine")
    assert answer.status_code == 303, answer.text[answer.text.find('class="error"') :][:300]
    (path,) = settings.out.glob(".server/uploads/*/*")
    assert path.read_bytes() == content and path.name == safe_name(name)
    assert backend.calls[1][2] == str(path), "an upload goes before a name"


def test_a_paper_is_taken_in(client, settings):
    paper = b"# A method\n\nWe train a small network on wine.\n" * 20
    assert post(client, {"paper_file": ("paper.md", paper)}).status_code == 303
    assert kept(settings) == ["paper.md"]


@pytest.mark.parametrize(
    ("field", "name", "content", "says"),
    [
        ("dataset", "x.exe", b"MZ\x90", "has the ending .exe"),
        ("dataset", "x", CSV, "has the ending (none)"),
        ("dataset", "x.pkl", b"\x80\x04.", "has the ending .pkl"),
        ("dataset", "x.csv", b"\x7fELF" + bytes(200), "is not a table in text"),
        ("dataset", "x.csv", b"", "is empty"),
        ("dataset", "x.csv", b"\xef\xbb\xbf\n<!doctype html><p>a,b\n<p>c,d\n", "is not a table in text"),
        ("dataset", "x.tsv", b"<script>alert(1)</script>\n" * 9, "is not a table in text"),
        ("dataset", "x.npz", b"PK\x03\x04 nothing", "is not an NPZ archive"),
        ("dataset", "x.npz", packed("code.py", "import os"), "is not an NPZ archive"),
        ("dataset", "x.npz", packed("a.npy", "no magic"), "is not an NPZ archive"),
        ("dataset", "x.parquet", b"PAR1" + bytes(100), "is not a Parquet file"),
        ("dataset", "x.parquet", b"PAR1", "is not a Parquet file"),
        ("paper", "x.pdf", b"<html>", "is not a PDF by its content"),
        ("paper", "x.md", b"%PDF-1.5\n", "is a PDF by its content"),
        ("paper", "x.docx", b"PK\x03\x04", "has the ending .docx"),
        ("paper", "x.txt", b"\0\1\2" * 100, "is binary data by its content"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_not_kept(client, backend, settings, field, name, content, says):
    answer = post(client, {f"{field}_file": (name, content)})
    start = answer.text.index(f'id="{field}-about" class="error"')
    assert answer.status_code == 422 and says in answer.text[start:].partition("</p>")[0]
    assert kept(settings) == [] and backend.calls == []


def test_a_file_that_is_too_large_is_refused(client, settings):
    answer = post(client, {"dataset_file": ("x.csv", b"1,2\n" * 600_000)})
    assert answer.status_code == 413 and "larger than the 1 MB" in answer.text and kept(settings) == []


def test_a_body_of_no_announced_length_is_cut_off_while_it_comes(client, settings):
    head = b'--b\r\nContent-Disposition: form-data; name="dataset_file"; filename="x.csv"\r\n\r\n'
    sent = []

    def body():
        yield head
        for _ in range(100):
            sent.append(1)
            yield b"1,2,3\n" * 20_000

    answer = client.post("/ui/new", content=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413 and kept(settings) == []


def test_an_upload_goes_with_the_form_that_is_refused(client, settings):
    assert post(client, {"dataset_file": ("x.csv", CSV)}, trials="-1").status_code == 422
    assert kept(settings) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../x.csv", "x.csv"), ("C:\\data\\My file.CSV", "My-file.csv"), ("<script>.npz", "script.npz"),
        ("...", "upload"), ("", "upload"), ("a" * 200 + ".csv", "a" * 60 + ".csv"), ("\u202egnp.csv", "gnp.csv"),
    ],
)  # fmt: skip
def test_names_are_made_plain(given, name):
    assert safe_name(given) == name
