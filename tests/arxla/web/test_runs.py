"""The list of runs."""

import re

import pytest

from evals.benchmarks.many_runs import make_runs


def numbers(page):
    return [int(text) for text in re.findall(r'<td class="num soft">(\d+)</td>', page.text)]


def test_an_empty_page_says_what_to_do(client):
    page = client.get("/ui/")
    assert page.status_code == 200 and "No runs yet" in page.text and "arxla run --dataset digits" in page.text


def test_the_newest_come_first_in_pages(client, settings):
    make_runs(settings.out, 120)
    assert numbers(client.get("/ui/")) == list(range(120, 70, -1))
    assert numbers(client.get("/ui/?page=3")) == list(range(20, 0, -1))
    assert "Nothing on this page" in client.get("/ui/?page=9").text
    assert numbers(client.get("/ui/?page=x&sort=y&state=z")) == list(range(120, 70, -1))


def test_runs_are_searched_and_sorted(client, settings):
    make_runs(settings.out, 40)
    page = client.get("/ui/?state=SUCCESS&sort=score&q=digits")
    scores = [float(text) for text in re.findall(r'data-name="score">([\d.]+) %', page.text)]
    assert scores == sorted(scores, reverse=True) and len(scores) > 1
    assert "Budget spent" not in re.sub(r"<option.*?</option>", "", page.text)
    sizes = re.findall(r'data-name="size">([\d.]+) KB', client.get("/ui/?sort=size&state=SUCCESS").text)
    assert [float(size) for size in sizes] == sorted(float(size) for size in sizes)
    assert numbers(client.get("/ui/?q=%237")) == [7]
    assert "No run fits" in client.get("/ui/?q=nothing+like+it").text


@pytest.mark.usefixtures("waiting")
def test_a_run_at_work_says_its_stage_and_one_that_waits_its_question(client, settings):
    folder = make_runs(settings.out, 1)[0]
    folder.save_record(folder.load_record().model_copy(update={"outcome": None}))
    folder.append_event({"kind": "stage", "name": "tune", "state": "start", "note": ""})
    with folder.lease():
        page = client.get("/ui/")
    assert "at tune" in page.text and "data-live" in page.text and "Running" in page.text
    assert "May this run train on wine?" in page.text and "Waiting for an answer" in page.text
    assert "Interrupted" in client.get("/ui/").text


def test_an_unreadable_run_is_listed(client, settings):
    folder = make_runs(settings.out, 1)[0]
    folder.record.write_text("{")
    assert "Unreadable" in client.get("/ui/").text


@pytest.mark.parametrize("run_id", ["none", "%2e%2e", ".server", "a%2F..%2Fb", "x" * 300])
def test_a_run_that_is_not_there(client, run_id):
    page = client.get(f"/ui/runs/{run_id}")
    assert page.status_code == 404 and "Traceback" not in page.text
