"""What is asked of a search tool, in a thread that can't keep the process alive or a review waiting for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from runtime.errors import InputError, SourceUnavailable
from tools.search.fields import plain

T = TypeVar("T")
POLL_S = 0.02
LONGEST_FAULT = 300


class Errand(Generic[T]):
    """Works through `steps`, one answer each, from the moment it is made. The tool's own timeouts can't bound it:
    looking a host's name up, for one, takes none."""

    def __init__(self, name: str, steps: Iterator[T]) -> None:
        self.fault = ""
        """Why the tool gave no further answer."""
        self._name, self._steps = name, steps
        self._answers: list[T] = []
        self._ended = False
        self._given_up = threading.Event()
        self._done = threading.Event()
        threading.Thread(target=self._run, name=f"search-{name}", daemon=True).start()

    def answers(self, patience_s: float, check: Callable[[], None]) -> list[T]:
        """What was answered before the end, or within `patience_s`; `check` is called meanwhile and may raise."""
        over = time.monotonic() + patience_s
        try:
            while not self._done.wait(POLL_S):
                check()
                if time.monotonic() > over:
                    self.fault = f"it gave no answer within {patience_s:g} s"
                    return list(self._answers)
        finally:
            self._given_up.set()  # what is left would only keep others waiting for their turn
        if not self._ended:
            raise RuntimeError(f"the search tool {self._name} failed unexpectedly; see the thread's traceback above")
        return list(self._answers)

    def _run(self) -> None:
        try:
            for answer in self._steps:
                self._answers.append(answer)
                if self._given_up.is_set():
                    break
            self._ended = True
        except (SourceUnavailable, InputError) as fault:
            self.fault = plain(str(fault), LONGEST_FAULT)
            self._ended = True
        finally:
            self._done.set()
