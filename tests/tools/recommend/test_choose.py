"""Which available dataset is recommended, and with which reasons."""

import pytest

from runtime.errors import InputError
from tools.recommend import find_mentions, recommend
from tools.recommend.recommendation import AVAILABLE, DatasetAdvice, RankedDataset

SEVEN = list(AVAILABLE)


def chosen(text, advice=None, available=SEVEN, users_file=None):
    return recommend(find_mentions(text), advice, available, users_file)


def advise(*names):
    return DatasetAdvice(
        ranking=[RankedDataset(name=name, score=9, reasons=["so"]) for name in names], source="a model"
    )


def test_what_the_paper_uses_goes_before_advice():
    found = chosen("We train on CIFAR-100.", advise("mnist", "imdb"))
    assert found.primary == "cifar100"
    assert "the paper names it 1 time" in found.ranked[0].reasons
    assert found.source == "patterns and a model"
    assert found.warnings == []


def test_stand_ins_come_with_a_warning():
    found = chosen("We train on ImageNet and COCO.")
    assert found.primary in ("cifar10", "cifar100")
    assert "stands in for imagenet (image classification), which the paper names" in found.ranked[0].reasons
    assert "can't be compared" in found.warnings[0]


def test_advice_decides_where_the_paper_names_nothing():
    found = chosen("A new method.", advise("imdb", "wikitext2"))
    assert [one.name for one in found.ranked[:2]] == ["imdb", "wikitext2"]
    assert "advised (a model): so" in found.ranked[0].reasons


def test_a_users_file_goes_before_all():
    found = chosen("We train on CIFAR-10.", advise("imdb"), users_file="mine.npz")
    assert [one.name for one in found.ranked[:2]] == ["mine.npz", "cifar10"]
    assert found.source == "the user's own data"
    assert found.warnings == []


def test_generated_data_is_the_last_resort_and_says_so():
    found = chosen("Nothing is named.")
    assert found.primary == "synthetic"
    assert "The paper names no dataset" in found.warnings[0]
    signals = chosen("We train on the UCR archive.")
    assert signals.primary == "synthetic:sequence"
    assert "is generated" in signals.warnings[0]


def test_what_is_denied_is_not_recommended():
    found = chosen("Unlike CIFAR-10, Tiny ImageNet has 200 classes.")
    assert found.primary == "cifar100"
    denied = next(one for one in found.ranked if one.name == "cifar10")
    assert denied.reasons[0] == "the paper says that it does not use it"


def test_only_what_is_available_is_ranked():
    found = chosen("CIFAR-10, UCR and IMDB", advise("cifar10", "synthetic:tokens", "nothing"), available=["imdb"])
    assert {one.name for one in found.ranked} == {"imdb"}


def test_nothing_available_is_the_users_to_mend():
    with pytest.raises(InputError, match="--dataset"):
        chosen("MNIST", available=[])
