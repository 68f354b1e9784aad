"""The JSON queries of the embedded index: what they find, what they refuse, and whether OpenSearch finds the same."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_library import LIBRARY, day, documents, index_documents, names

from runtime.errors import InputError
from tools.papers.sources.clauses import translate
from tools.papers.sources.date_math import day_bound
from tools.papers.sources.entries import day_number, iso_day

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
QUERIES = [
    {"match": {"title": "vision attention"}},
    {"match": {"title": {"query": "light transformer", "operator": "and"}}},
    {"match": {"abstract": {"query": "masked patches pictures", "minimum_should_match": 2}}},
    {"match": {"abstract": {"query": "masked patches pictures", "minimum_should_match": "67%"}}},
    {"match": {"abstract": {"query": "masked patches pictures", "minimum_should_match": "-1"}}},
    {"match_phrase": {"abstract": "mobile devices"}},
    {"match_phrase": {"abstract": "devices mobile"}},
    {"match_phrase": {"abstract": {"query": "attention mobile", "slop": 1}}},
    {"multi_match": {"query": "attention", "fields": ["title^2", "abstract"]}},
    {"multi_match": {"query": "shortcuts burgers", "fields": ["content"], "type": "most_fields"}},
    {"multi_match": {"query": "mobile devices", "fields": ["abstract"], "type": "phrase"}},
    {"term": {"title": "residual"}},
    {"term": {"title": {"value": "vision"}}},
    {"term": {"title": "deep residual"}},
    {"term": {"title.keyword": "Deep residual learning"}},
    {"terms": {"authors.keyword": ["K. He", "H. Bao"]}},
    {"terms": {"title": ["residual", "light"]}},
    {"range": {"published": {"gte": "now-60d/d"}}},
    {"range": {"published": {"gt": day(40), "lte": day(3)}}},
    {"range": {"published": {"lt": day(40)}}},
    {"range": {"published": {"gte": "1990"}}},
    {"range": {"published": {"gte": day(3), "lte": day(40)}}},
    {"bool": {"should": [{"match": {"title": "residual"}}, {"match": {"title": "light"}}]}},
    {"bool": {"filter": [{"match": {"abstract": "pictures"}}], "should": {"match": {"title": "deep"}}}},
    {"bool": {"must_not": {"match": {"abstract": "pictures"}}}},
    {"bool": {"must": {"match_all": {}}, "filter": {"range": {"published": {"gte": "now-1M"}}}}},
    {"bool": {"should": [{"term": {"title": "deep"}}, {"term": {"title": "residual"}}], "minimum_should_match": 2}},
    {"bool": {}},
    {"ids": {"values": ["resnet", "beit", "nobody"]}},
    {"exists": {"field": "abstract"}},
    {"exists": {"field": "published"}},
    {"match_all": {"boost": 2}},
    {"match_none": {}},
    {"match": {"title": ""}},
]


@pytest.mark.service
def test_opensearch_finds_the_same(cluster_index, index):
    from tools.papers.sources.opensearch import OpenSearchSource

    settings, client = cluster_index
    index_documents(client, settings.opensearch_index, documents())
    there = OpenSearchSource(settings, wait_s=0)
    for query in QUERIES:
        assert sorted(names(index.query(query, 50))) == sorted(names(there.query(query, 50))), query


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"term": {"id": "resnet"}}, {"resnet"}),
        ({"terms": {"paper_id": ["resnet", "beit"]}}, {"resnet", "beit"}),
        ({"match": {"summary": "masked"}}, {"beit"}),
        ({"match": {"authors": "vaswani"}}, {"1706.03762"}),
        ({"term": {"published": day(10)}}, {"resnet"}),
        ({"match": {"title": "TRANSFORMER"}}, {"beit", "mobile-vit"}),
        ({"exists": {"field": "authors"}}, {name for name, *_ in LIBRARY}),
    ],
)
def test_what_the_index_finds(index, query, found):
    assert set(names(index.query(query, 50))) == found


def test_the_better_match_comes_first_and_filters_do_not_count(index):
    query = {"bool": {"filter": [{"exists": {"field": "title"}}], "should": [{"match": {"title": "deep residual"}}]}}
    assert names(index.query(query, 5))[0] == "resnet"
    boosted = [
        {"match": {"title": {"query": "deep", "boost": 1}}},
        {"match": {"title": {"query": "light", "boost": 9}}},
    ]
    assert names(index.query({"bool": {"should": boosted}}, 5)) == ["mobile-vit", "resnet"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"script": {"source": "x"}}, "'script'; it knows match"),
        ({"match": {"title": {"query": "x", "fuzziness": 2}}}, "'fuzziness' in match"),
        ({"match": {"citations": "x"}}, "no field 'citations'"),
        ({"match": {"title": ["a"]}}, "one text"),
        ({"match": {}}, "names one field"),
        ({"match": "title"}, "names one field"),
        ({"range": {"title": {"gte": "a"}}}, "date of publication alone"),
        ({"range": {"published": {"gte": "soon"}}}, "'soon' is no date"),
        ({"range": {"published": {"gte": "now+999999y"}}}, "outside the calendar"),
        ({"multi_match": {"query": "x", "type": "cross_fields"}}, "cross_fields"),
        ({"multi_match": {"query": "x", "fields": "title"}}, "needs a list"),
        ({"bool": []}, "needs an object"),
        ({"ids": {"values": "x"}}, "needs a list"),
        ({"match": {"title": "x"}, "term": {}}, "one key"),
        ([], "one key"),
        ({"match": {"title": {"query": "x", "boost": "big"}}}, "boost is a number"),
        ({"bool": {"should": [{"match_all": {}}], "minimum_should_match": "most"}}, "minimum_should_match"),
        ({"match": {"title": "word " * 2000}}, "more than 1024"),
        ({"exists": {"field": "url"}}, "exists works on"),
        ({"term": {"abstract.keyword": "x"}}, "no field 'abstract.keyword'"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(index, query, says):
    with pytest.raises(InputError, match=says) as raised:
        index.query(query, 5)
    assert "\n" not in str(raised.value)


def test_a_deep_query_is_refused():
    query: dict = {"match_all": {}}
    for _ in range(200):
        query = {"bool": {"must": query}}
    with pytest.raises(InputError, match="levels deep"):
        translate(query, NOW)


KEYS = [
    *("match", "bool", "must", "should", "filter", "minimum_should_match", "term", "terms", "range", "ids", "exists"),
    *("multi_match", "published", "title", "query", "value", "values", "field", "fields", "gte", "boost"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["match", "bool", "term", "terms", "range", "ids", "exists"]), JSON, max_size=1))
def test_any_json_is_a_query_or_a_sentence(query):
    try:
        translate(query, NOW)
    except InputError as fault:
        assert "\n" not in str(fault)


@pytest.mark.parametrize(
    ("text", "bound", "is_day"),
    [
        ("2017-06-12", "gte", "2017-06-12"),
        ("2017-06-12T23:00:00Z", "lte", "2017-06-12"),
        ("2017-06-12", "gt", "2017-06-13"),
        ("2017-06-12", "lt", "2017-06-11"),
        ("2017", "gte", "2017-01-01"),
        ("2017", "lte", "2017-12-31"),
        ("2017-02", "gt", "2017-03-01"),
        ("now", "lte", "2026-03-31"),
        ("now-1M", "gte", "2026-02-28"),
        ("now-1y/d", "gte", "2025-03-31"),
        ("now-2w+1d", "gte", "2026-03-18"),
        ("now-13h", "gte", "2026-03-30"),
        ("now/y", "gte", "2026-01-01"),
        ("now/y", "lte", "2026-12-31"),
        ("now-1M/M", "gte", "2026-02-01"),
        ("now-1M/M", "lt", "2026-01-31"),
        ("now-1M/M", "gt", "2026-03-01"),
        ("now/w", "gte", "2026-03-30"),
        ("now/w", "lte", "2026-04-05"),
        ("now+7973y/y", "lte", "9999-12-31"),
    ],
)
def test_date_math(text, bound, is_day):
    assert iso_day(day_bound(text, NOW, bound)) == is_day


@given(st.text(max_size=30) | st.from_regex(r"now([+-][0-9]{1,7}[yMwdhms]){0,4}(/[yMwdhms])?", fullmatch=True))
def test_any_text_is_a_date_or_a_sentence(text):
    try:
        assert isinstance(day_bound(text, NOW, "lte"), int)
    except InputError as fault:
        assert "\n" not in str(fault)


@given(st.dates())
def test_days_go_there_and_back(date):
    assert iso_day(day_number(date.isoformat())) == date.isoformat()
    assert day_number(json.dumps(date.isoformat())) is None
