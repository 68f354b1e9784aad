"""Which datasets a text names, and what it says of them."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.recommend import find_mentions
from tools.recommend.catalogue import DATASETS, by_name


def weighed(text):
    """The datasets that a text speaks for."""
    return {one.name for one in find_mentions(text) if one.weight > 0}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CIFAR-10, CIFAR10, cifar 10 and CIFAR_10", {"cifar10"}),
        ("CIFAR-10/100", {"cifar10", "cifar100"}),
        ("on CIFAR-10 and CIFAR-100", {"cifar10", "cifar100"}),
        ("FashionMNIST", {"fashion_mnist"}),
        ("Fashion-\nMNIST and Fashion MNIST", {"fashion_mnist"}),
        ("EMNIST", {"emnist"}),
        ("F-MNIST, that is, Zalando's images", {"fashion_mnist"}),
        ("trained on C100", {"cifar100"}),
        ("ACL-IMDB and aclImdb", {"imdb"}),
        ("perplexity on WT-2 and WT2", {"wikitext2"}),
        ("SST-2, AG’s News, Yelp", {"sst2", "ag_news", "yelp"}),
        ("WikiText-2 but also WikiText103", {"wikitext2", "wikitext103"}),
        ("WMT'14 is WMT 2014, and IWSLT", {"wmt14", "wmt16", "iwslt"}),
        ("20 Newsgroups, MIT-BIH, PTB-XL", {"newsgroups", "mit_bih", "physionet"}),
        ("ImageNet-1k, MS COCO and VOC2007", {"imagenet", "coco", "voc"}),
    ],
)
def test_names_are_found_however_they_are_written(text, names):
    assert weighed(text) >= names - {"wmt16"}
    assert weighed(text) <= names


@pytest.mark.parametrize(
    "text",
    [
        "cocoa beans", "adults and an Adult who reads", "glue the parts", "CIFAR-10-C", "CIFAR-10.1", "IMDB-WIKI",
        "IMDB-BINARY", "ImageNet-A and ImageNet-Sketch", "E-MNIST", "data/mnist/train.csv", "my_mnist", "Higgs field",
        "the kinetics of a reaction", "the Yelper", "UCRX", "mimic iii", "a score of c4 and a trec",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_name_is_none(text):
    assert weighed(text) == set()


@pytest.mark.parametrize(
    ("text", "used", "denied"),
    [
        ("Unlike CIFAR-10, our data has no labels", set(), {"cifar10"}),
        ("Unlike CIFAR-10, MNIST holds digits", {"mnist"}, {"cifar10"}),
        ("Unlike MNIST, SVHN and STL-10, we use CIFAR-10", {"cifar10"}, {"mnist", "svhn", "stl10"}),
        ("We do not use MNIST", set(), {"mnist"}),
        ("we don't evaluate on MNIST; we train on SVHN", {"svhn"}, {"mnist"}),
        ("IMDB rather than SST-2", {"imdb"}, {"sst2"}),
        ("Instead of MNIST we use CIFAR-10", {"cifar10"}, {"mnist"}),
        ("all data sets except MNIST", set(), {"mnist"}),
        ("MNIST is not considered. CIFAR-100 is.", {"cifar100"}, {"mnist"}),
        ("CIFAR-10, not MNIST", {"cifar10"}, {"mnist"}),
        ("not only MNIST but also SVHN", {"mnist", "svhn"}, set()),
        ("results on ImageNet are not better than on CIFAR-10", {"imagenet", "cifar10"}, set()),
    ],
)
def test_negations_hold_within_their_clause(text, used, denied):
    mentions = find_mentions(text)
    assert {one.name for one in mentions if one.weight > 0} == used
    assert {one.name for one in mentions if one.negated and not one.weight} == denied


PAPER = """# Learning on STL-10

## Abstract
We improve SVHN.

## 1 Introduction
Places365 is large.

## 2 Related Work
Others use Food-101. Food-101 is common.

## 4 Experiments
We train on MNIST.

| Data | Accuracy |
| EuroSAT | 0.9 |

## References
[1] Omniglot. [2] Omniglot. [3] Omniglot. [4] Omniglot.
"""


def test_mentions_weigh_by_where_they_stand():
    weights = {one.name: one.weight for one in find_mentions(PAPER)}
    order = ["stl10", "svhn", "eurosat", "places365", "food101", "omniglot"]
    assert sorted(order, key=lambda name: -weights[name]) == order
    assert weights["mnist"] == weights["svhn"]


def test_a_dataset_of_pretraining_alone_weighs_less():
    weights = {one.name: one.weight for one in find_mentions("ImageNet-pretrained networks are tuned on SVHN.")}
    assert weights["imagenet"] < weights["svhn"]


def test_the_quotation_is_the_sentence():
    (mention,) = find_mentions("A first one. We train on CIFAR-10 for long. The end.")
    assert mention.quotation == "We train on CIFAR-10 for long"


def test_a_long_file_is_read_in_flat_memory(tmp_path):
    text = tmp_path / "long.txt"
    line = "Words of a long paper that go on and on, and on CIFAR-10 we train no longer than others do.\n"
    text.write_text(line * 40_000)
    tracemalloc.start()
    (mention,) = find_mentions(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert mention.count == 40_000
    assert peak < 3_000_000 < text.stat().st_size


def test_one_endless_line_is_read_too(tmp_path):
    text = tmp_path / "line.txt"
    text.write_text("x" * 300_000 + " MNIST " + "y" * 300_000)
    assert [one.name for one in find_mentions(text)] == ["mnist"]


@pytest.mark.parametrize("filler", [" ", "\t", "(", "&", "| ", "not ", "#", "CIFAR-10, ", "\n"])
def test_no_filler_takes_long(filler):
    assert "mnist" in weighed(filler * 100_000 + " We train on MNIST. " + filler * 1000)


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    for mention in find_mentions(text + " MNIST " + text):
        assert mention.name in by_name()
        assert mention.count >= 1
        assert mention.weight >= 0


def test_the_catalogue_is_sound():
    assert len(DATASETS) == len(by_name()) >= 45
    aliases = [alias for dataset in DATASETS for alias in dataset.aliases]
    assert len(aliases) == len(set(aliases))
    for dataset in DATASETS:
        spelled = dataset.aliases[0].lstrip("=")
        assert weighed(f"on {spelled} we") == {dataset.name}
        assert all(0 < nearness <= 1 for nearness in dataset.stand_ins.values())
