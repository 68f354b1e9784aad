"""A run as it goes: server-sent events that follow `events.jsonl`, whoever writes it."""

import json
from collections.abc import AsyncIterator

import anyio
import anyio.to_thread
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from arxla.web.site import Site, site_of
from arxla.web.story import Teller
from arxla.web.tail import MOST_BYTES, read_events
from tools.results.folder import RunFolder

LOOK_S = 0.4
"""Between two looks at the file."""
HEARTBEAT_S = 15
LONGEST_S = 1800.0
"""After this the browser has to ask anew, which it does by itself."""
ABANDONED_S = 20.0
"""A run that nobody works on and that waits for no answer is followed for this long."""


async def stream_events(request: Request) -> Response:
    """GET /runs/{run_id}/events: `events` in lists, `standing` when it changes, `ended` at the end.

    An event's id is the byte after it, so that a browser whose connection broke goes on where it was.
    """
    site = site_of(request)
    folder = await anyio.to_thread.run_sync(site.folder, request.path_params["run_id"])
    if site.seats.free < 1:
        return PlainTextResponse("Too many browsers watch at once; try again later.\n", 503, {"retry-after": "30"})
    last = request.headers.get("last-event-id", request.query_params.get("from", "0"))
    start = int(last) if last.isdecimal() and len(last) < 16 else 0
    return EventSourceResponse(_follow(site, folder, start), ping=HEARTBEAT_S, send_timeout=30)


async def _follow(site: Site, folder: RunFolder, place: int) -> AsyncIterator[ServerSentEvent]:
    begun = alone_since = anyio.current_time()
    teller, known = Teller(), None
    with site.seats.taken():
        while anyio.current_time() - begun < LONGEST_S:
            run = await anyio.to_thread.run_sync(site.index.look, folder.path)
            events, after = await anyio.to_thread.run_sync(read_events, folder, place)
            more, place = after - place > MOST_BYTES // 2, after
            if events:
                lines = [[*line] for event in events if (line := teller.tell(event))]
                yield _message("events", {"events": events, "lines": lines}, place)
            now = {"outcome": run.outcome, "waiting": run.waiting, "running": run.running}
            if now != known:
                known = now
                yield _message("standing", now, place)
            if run.running or run.waiting or events:
                alone_since = anyio.current_time()
            ended = run.outcome is not None and not run.running and not events
            if ended or anyio.current_time() - alone_since > ABANDONED_S:
                yield _message("ended", now, place)
                return
            await anyio.sleep(0 if more else LOOK_S)


def _message(kind: str, data: object, place: int) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data), event=kind, id=str(place), retry=2000)
