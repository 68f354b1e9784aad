"""The list of runs: filtered, sorted, in pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from arxla.web.site import Site, site_of
from runtime.outcome import Outcome
from tools.report.wording import TITLES
from tools.results.listing import RunSummary

PAGE = 50
LONGEST_SEARCH = 100
STATES = {"running": "Running", "waiting": "Waiting for an answer", "interrupted": "Interrupted"} | {
    str(outcome): title for outcome, title in TITLES.items() if outcome is not Outcome.CANCELLED
}
"""What the list can be narrowed to; a cancelled run is an interrupted one."""
MOODS = {"SUCCESS": "good", "running": "calm", "waiting": "warn", "interrupted": "", "unreadable": "bad"}
KEYS: dict[str, tuple[str, Callable[[RunSummary], Any]]] = {
    "number": ("Newest", lambda run: run.number),
    "score": ("Best score", lambda run: run.score),
    "size": ("Smallest", lambda run: -run.size_kb if run.size_kb is not None else None),
    "cost": ("Dearest", lambda run: run.usd),
    "time": ("Longest", lambda run: run.minutes),
}
"""What can be sorted by; the largest comes first, what has no value last."""


@dataclass(frozen=True)
class Query:
    """What of the list is asked for."""

    text: str = ""
    state: str = ""
    sort: str = "number"
    page: int = 1

    @property
    def plain(self) -> bool:
        """Whether it is the list as it stands on disk."""
        return not self.text and not self.state and self.sort == "number"

    def link(self, **changes: Any) -> str:
        """The query string of this list with some changes."""
        asked = {"q": self.text, "state": self.state, "sort": self.sort, "page": self.page} | changes
        usual = {"q": "", "state": "", "sort": "number", "page": 1}
        return "?" + urlencode({name: value for name, value in asked.items() if value != usual[name]})


def state_of(run: RunSummary) -> str:
    """A run's state in one word of `STATES`, or `unreadable`."""
    if not run.readable:
        return "unreadable"
    if run.waiting:
        return "waiting"
    if run.running:
        return "running"
    return "interrupted" if run.outcome in (None, "CANCELLED") else run.outcome


def mood_of(state: str) -> str:
    """The colour of a state's badge."""
    return MOODS.get(state, "bad")


def show_runs(request: Request) -> Response:
    """GET /: the newest runs, or those that are asked for."""
    site = site_of(request)
    query = _query(request)
    runs, total, everything = _page(site, query)
    return site.render(
        request,
        "runs.html.j2",
        rows=[(run, state_of(run), mood_of(state_of(run)), STATES.get(state_of(run), "Unreadable")) for run in runs],
        total=total,
        everything=everything,
        query=query,
        pages=max(1, -(-total // PAGE)),
        states=STATES,
        keys={name: title for name, (title, _) in KEYS.items()},
        live=any(run.running or run.waiting for run in runs),
        results=site.results,
    )


def _query(request: Request) -> Query:
    asked = request.query_params
    page = asked.get("page", "1")
    return Query(
        text=asked.get("q", "").strip()[:LONGEST_SEARCH],
        state=asked["state"] if asked.get("state") in STATES else "",
        sort=asked["sort"] if asked.get("sort") in KEYS else "number",
        page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,
    )


def _page(site: Site, query: Query) -> tuple[list[RunSummary], int, int]:
    """The runs of one page, how many fit, and how many there are; the plain list reads no more than it shows."""
    start = (query.page - 1) * PAGE
    if query.plain:
        runs, total = site.index.page(start, PAGE)
        return runs, total, total
    everything = site.index.runs()
    found = [run for run in everything if _wanted(run, query)]
    value = KEYS[query.sort][1]
    if query.sort != "number":
        found.sort(key=lambda run: (value(run) is not None, value(run) or 0), reverse=True)
    return found[start : start + PAGE], len(found), len(everything)


def _wanted(run: RunSummary, query: Query) -> bool:
    if query.state and state_of(run) != query.state:
        return False
    looked_at = f"{run.id} {run.dataset} {run.paper} {run.model} {run.message} #{run.number}".lower()
    return all(word in looked_at for word in query.text.lower().split())
