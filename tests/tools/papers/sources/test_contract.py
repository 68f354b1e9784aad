"""What every source of papers does."""

import hashlib

import pytest
from paper_library import LIBRARY, names

from runtime.errors import InputError

HOSTILE = ["../../etc/passwd", "a\nb", "<script>alert(1)</script>", "x" * 3000, "", "\x00", 'a" OR "b', "/etc/passwd"]


def test_a_paper_by_its_id(source, id_of):
    found = source.get(id_of(source, "resnet"))
    assert (found.source, found.id, found.slug) == (source.name, id_of(source, "resnet"), "resnet")
    assert found.title in ("Deep residual learning", "")  # a file is not read for that


@pytest.mark.parametrize("typo", ["resnt", "RESNET", "mobil-vit"])
def test_a_typo_names_what_was_meant(source, typo):
    with pytest.raises(InputError, match="did you mean") as raised:
        source.get(typo)
    assert {"resnt": "resnet", "RESNET": "resnet", "mobil-vit": "mobile-vit"}[typo] in str(raised.value)


@pytest.mark.parametrize("paper_id", HOSTILE)
def test_a_hostile_id_is_data(source, paper_id):
    with pytest.raises(InputError) as raised:
        source.get(paper_id)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 500


def test_recent_papers_newest_first(source):
    assert names(source.recent(60, 10)) == ["1706.03762", "resnet", "pinn-2024"]
    assert names(source.recent(60, 2)) == ["1706.03762", "resnet"]
    assert source.recent(1, 10) == []


def test_random_papers_differ_and_repeat(source):
    draws = [names(source.random(3, seed)) for seed in range(6)]
    assert draws == [names(source.random(3, seed)) for seed in range(6)]
    assert all(len(set(draw)) == 3 for draw in draws)
    assert len({tuple(draw) for draw in draws}) > 1
    assert sorted(names(source.random(50, 1))) == sorted(name for name, *_ in LIBRARY)


def test_a_query_in_json(source):
    assert names(source.query({"match": {"title": "residual"}}, 5)) == ["resnet"]
    vision = {
        "bool": {"must": [{"match": {"abstract": "pictures"}}], "must_not": [{"match": {"title": "transformers"}}]}
    }
    assert names(source.query(vision, 5)) == ["resnet"]
    assert len(source.query({"match_all": {}}, 50)) == len(LIBRARY)
    assert len(source.query({"match_all": {}}, 2)) == 2


@pytest.mark.parametrize("query", [{"nonsense": {}}, {"match": {"title": {"qwery": "x"}}}, {"bool": {"mast": []}}])
def test_a_query_that_is_not_understood_is_named(source, query):
    with pytest.raises(InputError) as raised:
        source.query(query, 5)
    assert any(word in str(raised.value) for word in ("nonsense", "qwery", "mast"))
    assert "\n" not in str(raised.value)


def test_words_best_first(source):
    found = names(source.search("attention transformer", 10))
    assert found[0] == "1706.03762" and "mobile-vit" in found
    assert names(source.search("Burgers", 1)) == ["pinn-2024"]
    assert len(source.search("pictures", 1)) == 1


def test_a_very_long_search_is_answered(source):
    assert "resnet" in names(source.search("residual " + "word " * 3000, 5))


def test_nothing_is_asked_for(source):
    assert source.recent(60, 0) == source.random(0, 0) == source.query({"match_all": {}}, 0) == []
    with pytest.raises(InputError, match="word"):
        source.search("  ", 5)


def test_the_whole_text_is_fetched(source, id_of, tmp_path):
    destination = tmp_path / "text.txt"
    fetched = source.fetch(source.get(id_of(source, "pinn-2024")), destination)
    text = destination.read_text()
    assert "Burgers equation." in text and fetched.path == str(destination)
    assert fetched.characters == len(text) and fetched.sha256 == hashlib.sha256(text.encode()).hexdigest()
