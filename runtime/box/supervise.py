"""Sees one job through: sends it, watches clock, memory and output, and says as data how it ended."""

import os
import secrets
import select
import threading
import time
from dataclasses import dataclass
from typing import Any

from runtime.box import usage
from runtime.box.capture import Capture
from runtime.box.child import Child
from runtime.box.frames import TOKEN_BYTES, Forged, Kind, ReplyReader, encode_request
from runtime.box.outputs import collect
from runtime.box.text import clean_json
from runtime.box.verdict import Stop, judge_exit, judge_reply
from runtime.events import Emit
from runtime.job import ExecutionResult, Job, Status

TICK_S = 0.05
EXIT_GRACE_S = 1.0
"""After its result a process only has to end; after its pipes closed it only has to be seen dead."""
MOST_EVENTS = 20_000
MOST_EVENT_BYTES = 16 * 1024 * 1024
TOLD_FROM_INSIDE = ("epoch", "note")
"""Kinds of events that a box may send; what a run's outcome, cost or question is, nothing in a box can say."""


@dataclass
class Conclusion:
    """How one job ended, and what a session needs to know about the process that ran it."""

    result: ExecutionResult
    compilations: int = 0
    alive: bool = False


class Supervision:
    """One job in one child. `last` ends the child afterwards."""

    def __init__(self, child: Child, job: Job, emit: Emit, cancel: threading.Event | None, last: bool) -> None:
        self._child, self._job, self._emit, self._cancel, self._last = child, job, emit, cancel, last
        token = secrets.token_bytes(TOKEN_BYTES)
        request = {"entry": job.entry, "payload": job.payload, "inputs": child.inputs}
        self._request = memoryview(encode_request(request | {"token": token.hex(), "last": last}))
        self._reader = ReplyReader(token)
        self._output = Capture(job.limits.output_kb * 1024)
        self._reply: dict[str, Any] | None = None
        self._events = self._event_bytes = 0
        self._peak_mb = 0.0
        self._start_s = 0.0
        self._next_look = 0.0
        self._exit_deadline: float | None = None
        self._cpu_before = usage.cpu_seconds(child.pid)

    def conclude(self, requested_at: float) -> Conclusion:
        """Run the job to its end. `requested_at` is the `time.monotonic()` from which durations count."""
        self._requested_at = requested_at
        try:
            ended = self._watch(time.monotonic() + self._job.limits.wall_s)
        except Stop as stop:
            self._child.kill()
            ended = True
            found = ExecutionResult(status=stop.status, detail=stop.detail)
            return self._finish(found, ended)
        return self._finish(judge_reply(self._reply, self._job.limits) if self._reply is not None else None, ended)

    def _watch(self, deadline: float) -> bool:
        """Until the result came (False: the child lives on) or the child ended (True); raises `Stop`."""
        child = self._child
        poll = select.poll()
        for fd in (child.replies, child.stdout, child.stderr, child.exit_fd):
            os.set_blocking(fd, False)
            poll.register(fd, select.POLLIN)
        os.set_blocking(child.requests, False)
        poll.register(child.requests, select.POLLOUT)
        while True:
            ready = dict(poll.poll(TICK_S * 1000))
            if child.requests in ready and not self._send():
                poll.unregister(child.requests)
            for fd in (child.stdout, child.stderr):
                if fd in ready and not self._output.read(fd, fd == child.stderr):
                    poll.unregister(fd)
            if child.replies in ready and not self._read_replies():
                poll.unregister(child.replies)
                self._exit_deadline = time.monotonic() + EXIT_GRACE_S
            if child.exit_fd in ready:
                self._drain()
                return True
            if self._reply is not None and not self._last:
                self._drain()
                return False
            self._check(deadline)

    def _send(self) -> bool:
        """Write what fits; False when nothing is left to send."""
        try:
            self._request = self._request[os.write(self._child.requests, self._request) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return bool(self._request)

    def _read_replies(self) -> bool:
        """Take what the worker wrote; False at the end of the pipe."""
        try:
            content = os.read(self._child.replies, 1 << 18)
        except BlockingIOError:
            return True
        try:
            for kind, body in self._reader.feed(content):
                self._take(kind, body)
        except Forged as forged:
            raise Stop(Status.TAMPERED, f"{str(forged).capitalize()}.") from forged
        self._event_bytes += len(content)
        if self._events > MOST_EVENTS or (self._reply is None and self._event_bytes > MOST_EVENT_BYTES):
            raise Stop(Status.OUTPUT_FLOOD, f"The job sent more than {MOST_EVENTS} events or 16 MB of them.")
        return bool(content)

    def _take(self, kind: Kind, body: dict[str, Any]) -> None:
        if (
            self._reply is not None
            or (kind is Kind.START and self._start_s)
            or (kind is Kind.EVENT and not self._start_s)
        ):
            raise Forged("the harness's messages came twice or out of order")
        if kind is Kind.START:
            self._start_s = time.monotonic() - self._requested_at
        elif kind is Kind.EVENT:
            self._events += 1
            try:
                event = clean_json(body)
            except ValueError as error:
                raise Forged(str(error)) from error
            self._emit(event if event.get("kind") in TOLD_FROM_INSIDE else event | {"kind": "note"})
        else:
            self._reply = body
            self._exit_deadline = time.monotonic() + EXIT_GRACE_S if self._last else None

    def _drain(self) -> None:
        while self._output.read(self._child.stdout, False):
            pass
        while self._output.read(self._child.stderr, True):
            pass
        if self._reply is None:
            while self._read_replies() and self._reply is None and select.select([self._child.replies], [], [], 0)[0]:
                pass

    def _check(self, deadline: float) -> None:
        """Raises `Stop` when a bound is passed."""
        now, limits = time.monotonic(), self._job.limits
        if self._cancel is not None and self._cancel.is_set():
            raise Stop(Status.CANCELLED, "The job was cancelled.")
        if self._output.total > limits.output_kb * 1024:
            raise Stop(Status.OUTPUT_FLOOD, f"The job printed more than {limits.output_kb} KB.")
        if self._exit_deadline is not None and now > self._exit_deadline:
            if self._reply is None:
                raise Stop(Status.TAMPERED, "The job closed the result pipe and went on.")
            self._child.kill()
        if now > deadline:
            raise Stop(Status.TIMED_OUT, f"The job ran longer than {limits.wall_s:g} s.")
        if now >= self._next_look:
            self._check_usage()
            self._next_look = now + max(2 * TICK_S, 5 * (time.monotonic() - now))

    def _check_usage(self) -> None:
        limits, child = self._job.limits, self._child
        processes = usage.tree(child.pid)
        memory = usage.tree_memory_mb(processes, child.baseline_mb, limits.memory_mb)
        self._peak_mb = max(self._peak_mb, memory)
        if memory > limits.memory_mb or child.starved():
            raise Stop(Status.OUT_OF_MEMORY, f"The job used more than {limits.memory_mb} MB of memory.")
        if sum(usage.cpu_seconds(pid) for pid in processes) - self._cpu_before > limits.cpu_s:
            raise Stop(Status.TIMED_OUT, f"The job used more than {limits.cpu_s:g} s of CPU time.")
        if sum(usage.thread_count(pid) for pid in processes) > limits.processes:
            raise Stop(Status.KILLED, f"The job started more than {limits.processes} processes and threads.")

    def _finish(self, found: ExecutionResult | None, ended: bool) -> Conclusion:
        """Reap, collect what the job wrote, and fill in what was measured."""
        exit = self._child.reap(EXIT_GRACE_S) if ended else None
        if exit is not None:
            self._peak_mb = max(self._peak_mb, exit.peak_mb)
        if found is None:
            found = judge_exit(exit, self._job.limits, self._peak_mb)
        duration = time.monotonic() - self._requested_at
        left_out = collect(self._child.scratch, self._job.scratch, self._job.limits.scratch_mb << 20)
        detail = found.detail
        if left_out:
            detail = f"{detail} Left in the box: {'; '.join(left_out[:5])}".strip()
        result = found.model_copy(
            update={
                "stdout": self._output.text(False),
                "stderr": self._output.text(True),
                "detail": detail,
                "duration_s": duration,
                "start_s": self._start_s,
                "peak_memory_mb": round(self._peak_mb, 1),
                "exit_code": exit.code if exit else None,
                "signal": exit.signal if exit else None,
            }
        )
        told = {"name": self._job.name, "status": str(result.status), "seconds": round(duration, 3)}
        self._emit({"kind": "job"} | told | {"start_s": self._start_s, "peak_memory_mb": result.peak_memory_mb})
        compilations = self._reply.get("compilations", 0) if self._reply else 0
        alive = exit is None and found.status in (Status.OK, Status.RAISED)
        return Conclusion(result, compilations if isinstance(compilations, int) else 0, alive)
