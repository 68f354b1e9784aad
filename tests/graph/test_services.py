"""What leaves a run through its services: events without secrets, to whoever listens and to disk."""

from pathlib import Path

from graph.services import Services
from runtime.events import Event
from runtime.settings import load_settings


def test_events_hold_no_secret(tmp_path: Path) -> None:
    settings = load_settings(env_file=None, openai_api_key="RECOGNISABLE", openai_base_url="http://me:hidden@host/v1")
    services = Services(settings, results=tmp_path, functions=tmp_path / "functions")
    heard: list[Event] = []
    (tmp_path / "run-1").mkdir()
    emit = services.emitter("run-1", heard.append)
    emit({"kind": "note", "text": "RECOGNISABLE at http://me:hidden@host", "details": ["hidden"], "loss": 0.5})
    services.close()
    (event,) = heard
    assert event["text"] == "******** at http://********@host" and event["details"] == ["********"]
    assert event["loss"] == 0.5 and event["time"].endswith("+00:00")
    assert list(services.folder("run-1").read_events()) == [event]
