"""A run's events as they are written."""

import json
import threading
import time

import pytest

from arxla.web import live
from arxla.web.tail import read_events
from evals.benchmarks.many_runs import make_runs


@pytest.fixture
def run(settings):
    return make_runs(settings.out, 1)[0]


def messages(text):
    """(event, data, id) of a stream's whole text."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]), int(fields["id"])))
    return found


def test_events_come_from_any_byte_on_and_a_torn_line_waits(run):
    events, end = read_events(run, 0)
    assert len(events) > 30 and end == run.events.stat().st_size
    with run.events.open("a") as stream:
        stream.write('{"kind": "note", "te')
    assert read_events(run, end) == ([], end)
    with run.events.open("a") as stream:
        stream.write('xt": "whole"}\nnot json\n[1]\n')
    more, after = read_events(run, end)
    assert more == [{"kind": "note", "text": "whole"}] and after == run.events.stat().st_size


def test_a_file_that_began_anew_is_read_from_its_start(run):
    run.events.write_text('{"kind": "note"}\n')
    assert read_events(run, 10_000)[0] == [{"kind": "note"}]
    run.events.unlink()
    assert read_events(run, 5) == ([], 5)


def test_the_stream_of_an_ended_run_is_everything_and_an_end(client, run):
    found = messages(client.get(f"/ui/runs/{run.id}/events").text)
    kinds = [kind for kind, _, _ in found]
    assert kinds == ["events", "standing", "ended"]
    assert len(found[0][1]["events"]) == len(list(run.read_events())) and found[0][2] == run.events.stat().st_size
    assert ["stage", "tune …"] in found[0][1]["lines"]


def test_a_browser_goes_on_where_its_connection_broke(client, run):
    middle = run.events.read_bytes().index(b"\n") + 1
    found = messages(client.get(f"/ui/runs/{run.id}/events", headers={"last-event-id": str(middle)}).text)
    assert len(found[0][1]["events"]) == len(list(run.read_events())) - 1
    again = messages(client.get(f"/ui/runs/{run.id}/events", headers={"last-event-id": str(found[0][2])}).text)
    assert [kind for kind, _, _ in again] == ["standing", "ended"]


def test_a_run_is_followed_until_it_ends(client, run, monkeypatch):
    monkeypatch.setattr(live, "LOOK_S", 0.02)
    ended = run.load_record()
    run.save_record(ended.model_copy(update={"outcome": None}))

    def work():
        with run.lease():
            begun.set()
            for epoch in range(5):
                run.append_event({"kind": "epoch", "epoch": epoch, "epochs": 5})
                time.sleep(0.03)
            run.save_record(ended)

    begun = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    found = messages(client.get(f"/ui/runs/{run.id}/events").text)
    thread.join()
    assert sum(len(data["events"]) for kind, data, _ in found if kind == "events") == len(list(run.read_events()))
    assert found[-1][0] == "ended" and found[-1][1]["outcome"] == ended.outcome
    assert any(kind == "standing" and data["running"] for kind, data, _ in found)


def test_a_run_that_nobody_works_on_is_not_followed_for_ever(client, run, monkeypatch):
    monkeypatch.setattr(live, "LOOK_S", 0.02)
    monkeypatch.setattr(live, "ABANDONED_S", 0.1)
    run.save_record(run.load_record().model_copy(update={"outcome": None}))
    assert messages(client.get(f"/ui/runs/{run.id}/events").text)[-1][:2] == (
        "ended",
        {"outcome": None, "waiting": "", "running": False},
    )


def test_streams_are_bounded(client, run):
    seats = client.app.routes[1].app.state.site.seats
    free, seats.free = seats.free, 0
    assert client.get(f"/ui/runs/{run.id}/events").status_code == 503
    seats.free = free
    client.get(f"/ui/runs/{run.id}/events")
    assert seats.free == free
