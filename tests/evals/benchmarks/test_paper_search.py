"""The benchmark asks both engines the same."""

import os

import pytest

from evals.benchmarks.paper_search import Figure, measure_embedded, measure_opensearch, overlap, papers, queries, table


def test_papers_and_queries_are_the_same_each_time():
    assert list(papers(3)) == list(papers(3)) and queries(5) == queries(5)
    assert all(2 <= len(words.split()) <= 7 for words in queries(50))
    assert len(next(papers(1)).abstract.split()) == 150


def test_overlap():
    assert overlap([{"a", "b"}, set()], [{"a", "c"}, set()]) == 0.75


def test_the_embedded_index_is_measured(tmp_path):
    figure, found = measure_embedded(50, queries(5), tmp_path / "papers")
    assert figure.papers_per_second > 0 and 0 < figure.p50_ms <= figure.p95_ms
    assert len(found) == 5 and all(len(ids) <= 10 for ids in found) and any(found)


@pytest.mark.service
def test_opensearch_finds_the_same(tmp_path):
    url = os.environ.get("ARXLA_OPENSEARCH_URL")
    if not url:
        pytest.skip("ARXLA_OPENSEARCH_URL is not set")
    asked = queries(20)
    _, ours = measure_embedded(300, asked, tmp_path / "papers")
    _, theirs = measure_opensearch(300, asked, url)
    assert overlap(ours, theirs) > 0.9


def test_the_table_shows_a_missing_overlap_as_missing():
    text = table([Figure("embedded", 14_000, 2.5, 5.0, 227)], 200_000, 300)
    assert "14,000" in text and text.endswith("-")
