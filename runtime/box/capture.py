"""Keeps the end of what a job printed, and counts all of it."""

import os

from runtime.box.text import clean_text

KEPT_BYTES = 64 * 1024


class Capture:
    """stdout and stderr of one job; `limit` bytes together are allowed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tails = {False: bytearray(), True: bytearray()}
        self.total = 0

    def read(self, fd: int, is_stderr: bool) -> bool:
        """Take what a non-blocking pipe holds now; False when it is empty, at its end, or the limit was passed."""
        if self.total > self._limit:
            return False
        try:
            content = os.read(fd, KEPT_BYTES)
        except BlockingIOError:
            return False
        self.total += len(content)
        tail = self._tails[is_stderr]
        tail += content
        del tail[:-KEPT_BYTES]
        return bool(content)

    def text(self, is_stderr: bool) -> str:
        """The last 64 KB, cleaned of control characters."""
        return clean_text(self._tails[is_stderr].decode("utf-8", "replace"))
