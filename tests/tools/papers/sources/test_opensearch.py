"""A real OpenSearch: other field names, many pages, texts in S3, and pulling all of it into the index."""

import pytest
from paper_library import NOW, day, index_documents, names

from runtime.errors import InputError
from tools.papers.sources import open_source
from tools.papers.sources.embedded import EmbeddedIndex
from tools.papers.sources.opensearch import OpenSearchSource
from tools.papers.sources.sync import sync

pytestmark = [pytest.mark.service, pytest.mark.usefixtures("extraction")]
TEXT = "# A title\n\nThe abstract.\n\nShortcuts everywhere.\n"


@pytest.fixture
def there(cluster_index):
    """A function from documents to a source that holds them."""
    settings, client = cluster_index

    def fill(*documents):
        index_documents(client, settings.opensearch_index, list(documents))
        return OpenSearchSource(settings, wait_s=0)

    return fill


def test_other_field_names(there):
    record = {"paper_id": "1512.03385", "summary": "S", "publication_date": day(5), "author": "K. He, X. Zhang"}
    source = there(
        ("k1", {**record, "name": "Deep nets", "full_text": "words of the text"}), ("k2", {"title": "Other"})
    )
    assert names(source.recent(30, 5)) == ["1512.03385"]
    for name in ("1512.03385", "k1"):
        found = source.get(name)
        assert (found.id, found.title, found.authors) == ("1512.03385", "Deep nets", ["K. He", "X. Zhang"])
    assert names(source.search("words", 5)) == ["1512.03385"]
    with pytest.raises(InputError, match=r"did you mean '1512.03385'"):
        source.get("1512.03386")


def test_an_index_without_dates_says_so(there):
    with pytest.raises(InputError, match="maps none of published"):
        there(("k", {"title": "T", "date": "someday"})).recent(30, 5)


def test_more_papers_than_one_answer_can_hold(there):
    count = 10_500
    documents = [
        (f"p{number:05}", {"title": "the same words", "published": day(number % 9)}) for number in range(count)
    ]
    source = there(*documents)
    assert source.check() == count
    every = names(source.query({"match": {"title": "words"}}, count + 5))
    assert len(set(every)) == len(every) == count
    drawn = names(source.random(1500, 7))
    assert len(set(drawn)) == 1500 and drawn == names(source.random(1500, 7)) != names(source.random(1500, 8))
    recent = source.recent(3, 4000)
    assert [paper.published for paper in recent] == sorted((paper.published for paper in recent), reverse=True)
    assert len({paper.id for paper in recent}) == len(recent) == 4000
    assert len(names(source.all())) == count


@pytest.mark.parametrize(
    ("record", "text", "warns"),
    [
        ({"title": "T", "s3_bucket": "texts", "s3_key": "a/b.md"}, TEXT, False),
        ({"title": "T", "s3_uri": "s3://texts/a/b.md", "content": "not this"}, TEXT, False),
        ({"title": "T", "body": "inlined"}, "inlined", False),
        ({"title": "T", "abstract": "Only this."}, "T\n\nOnly this.", True),
    ],
)
def test_where_the_text_lies(there, bucket, tmp_path, record, text, warns):
    bucket.put_object(Key="a/b.md", Body=TEXT.encode())
    source = there(("k", record))
    fetched = source.fetch(source.get("k"), tmp_path / "out")
    assert (tmp_path / "out").read_text() == text and bool(fetched.warnings) == warns and fetched.title == "T"


def test_a_record_with_nothing_in_it(there, tmp_path):
    source = there(("k", {"votes": 3}))
    with pytest.raises(InputError, match="neither a text nor an abstract nor an S3 key"):
        source.fetch(source.get("k"), tmp_path / "out")


def test_pulling_papers_into_the_index(there, bucket, tmp_path):
    bucket.put_object(Key="a.md", Body=TEXT.encode())
    kept = {"title": "Kept", "s3_bucket": "texts", "s3_key": "a.md", "published": day(2), "authors": ["K. He"]}
    inlined = {"title": "Inlined", "content": "some words", "published": day(50)}
    lost = {"title": "Lost", "s3_bucket": "texts", "s3_key": "gone.md"}
    source = there(("a", kept), ("b", inlined), ("c", lost))
    index = EmbeddedIndex(tmp_path / "papers")

    def pull():
        return {line.name: line.state for line in sync(source, source.all(), index, lambda: NOW)}

    assert pull() == {"a": "added", "b": "added", "c": "failed"}
    assert names(index.search("shortcuts", 5)) == ["a"] and names(index.recent(5, 5)) == ["a"]
    assert index.get("a").authors == ["K. He"]
    assert pull() == {"a": "unchanged", "b": "unchanged", "c": "failed"}
    bucket.put_object(Key="a.md", Body=TEXT.replace("Shortcuts", "Detours").encode())
    there(("b", inlined | {"content": "other words"}))
    assert pull() == {"a": "changed", "b": "changed", "c": "failed"}
    assert names(index.search("detours", 5)) == ["a"] and index.search("shortcuts", 5) == []


def test_an_interrupted_pull_goes_on(there, tmp_path):
    source = there(*((f"p{number}", {"title": "T", "content": f"text {number}"}) for number in range(150)))
    index = EmbeddedIndex(tmp_path / "papers")
    lines = sync(source, source.all(), index, lambda: NOW)
    next(lines)
    lines.close()
    done = index.count()
    assert 0 < done < 150
    states = [line.state for line in sync(source, source.all(), index, lambda: NOW)]
    assert states.count("unchanged") == done and states.count("added") == 150 - done


def test_an_index_that_is_not_there(cluster_index):
    settings, _ = cluster_index
    absent = settings.model_copy(update={"opensearch_index": "arxla-test-absent"})
    with pytest.raises(InputError, match="no index 'arxla-test-absent'"):
        open_source("opensearch", absent).query({"match_all": {}}, 5)
