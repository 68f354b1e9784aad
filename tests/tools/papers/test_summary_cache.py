"""A cache of answers that may be damaged, shared and full, and never costs a run."""

import errno
import os
import threading
from pathlib import Path

import pytest

from runtime.errors import DiskFull
from tools.papers.brief import ChunkSummary, PaperBrief
from tools.papers.summary_cache import SummaryCache

SUMMARY = ChunkSummary(chunk=1, summary="It trains a network.")


def test_an_answer_is_found_under_what_it_was_made_from(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path / "new" / "summaries")
    key = cache.key("openai:m 1", "title", "text")
    assert cache.find(key, ChunkSummary) is None
    cache.keep(key, SUMMARY)
    assert cache.find(key, ChunkSummary) == SUMMARY
    others = [("openai:n 1", "title", "text"), ("openai:m 1", "titlet", "ext"), ("openai:m 1", "title", "texts")]
    assert all(cache.find(cache.key(*other), ChunkSummary) is None for other in others)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"chunk": 1}', b"\xff\xfe", b"null", b"[1]"])
def test_a_damaged_entry_is_a_miss_and_can_be_replaced(tmp_path: Path, damage: bytes) -> None:
    cache = SummaryCache(tmp_path)
    key = cache.key("v", "text")
    cache.keep(key, SUMMARY)
    next(tmp_path.rglob("*.json")).write_bytes(damage)
    assert cache.find(key, ChunkSummary) is None
    cache.keep(key, SUMMARY)
    assert cache.find(key, ChunkSummary) == SUMMARY


def test_an_entry_of_another_kind_is_a_miss(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    cache.keep(cache.key("v", "x"), SUMMARY)
    assert cache.find(cache.key("v", "x"), PaperBrief) is None


def test_parallel_writers_leave_one_whole_answer(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    key = cache.key("v", "same text")
    answers = [SUMMARY.model_copy(update={"summary": str(number) * 5000}) for number in range(8)]
    threads = [threading.Thread(target=cache.keep, args=(key, answer)) for answer in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.find(key, ChunkSummary) in answers
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".json"]


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        SummaryCache(tmp_path).keep("ab", SUMMARY)
