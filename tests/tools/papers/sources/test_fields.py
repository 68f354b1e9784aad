"""Records of OpenSearch as papers, whatever they call their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.papers.paper import Paper
from tools.papers.sources.fields import authors_of, location_of, paper_of, published_of


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"title": "T", "abstract": "A"}, {"title": "T", "abstract": "A"}),
        ({"paper_title": " T\n  U ", "summary": "A"}, {"title": "T U", "abstract": "A"}),
        ({"published": "2017-06-12"}, {"published": "2017-06-12"}),
        ({"publication_date": 1497225600000}, {"published": "2017-06-12"}),
        ({"publication_date": 1497225600}, {"published": "2017-06-12"}),
        ({"year": 2017}, {"published": "2017"}),
        ({"date": "last spring"}, {"published": ""}),
        ({"published": None, "date": "2017-06-12T01:02:03Z"}, {"published": "2017-06-12T01:02:03Z"}),
        ({"paper_id": "p7"}, {"id": "p7"}),
        ({"arxiv_id": 1706.03762}, {"id": "key"}),
        ({"paper_id": False}, {"id": "key"}),
        ({"paper_id": 7}, {"id": "7"}),
        ({"url": "https://x", "title": ["T"]}, {"url": "https://x", "title": "T"}),
        ({"s3_key": "a/b.txt"}, {"location": "s3://papers/a/b.txt"}),
        ({"s3_key": "a/b.txt", "s3_bucket": "other"}, {"location": "s3://other/a/b.txt"}),
        ({"content_key": "s3://third/c"}, {"location": "s3://third/c"}),
        ({"s3_uri": "s3://x/y", "s3_key": "z"}, {"location": "s3://x/y"}),
        ({"title": {"nested": 1}, "abstract": True, "authors": 7}, {"title": "", "abstract": "", "authors": ["7"]}),
        ({}, {"id": "key", "title": "", "location": ""}),
    ],
)
def test_usual_names(source, expected):
    found = paper_of({"_id": "key", "_source": source}, "papers")
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.source == "opensearch"


def test_a_key_without_any_bucket_says_so():
    assert location_of({"s3_key": "a/b"}, None) == "s3:///a/b"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Ada Lovelace and Alan Turing", ["Ada Lovelace", "Alan Turing"]),
        ("Ada Lovelace, Alan Turing, and Emmy Noether", ["Ada Lovelace", "Alan Turing", "Emmy Noether"]),
        ("Ada Lovelace; Alan Turing", ["Ada Lovelace", "Alan Turing"]),
        (["Ada", "Alan"], ["Ada", "Alan"]),
        ([{"name": "Ada"}, {"first_name": "Alan", "last_name": "Turing"}, {"x": 1}, None], ["Ada", "Alan Turing"]),
        ({"full_name": "Ada"}, ["Ada"]),
        (None, []),
    ],
)
def test_authors(value, names):
    assert authors_of(value) == names


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["title", "authors", "abstract", "published", "date", "url", "s3_key", "s3_uri", "s3_bucket", "paper_id", "id"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_record_is_a_paper(source):
    found = paper_of({"_id": "key", "_source": source}, "papers")
    assert isinstance(found, Paper) and found.id
    found.model_dump_json().encode()


@given(JSON)
def test_any_date_is_one_or_none(value):
    assert isinstance(published_of(value), str)
