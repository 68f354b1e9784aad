"""The datasets that papers name, and what stands in for each."""

from functools import cache

from tools.recommend.catalogue.dataset import NamedDataset
from tools.recommend.catalogue.images import IMAGES
from tools.recommend.catalogue.others import OTHERS
from tools.recommend.catalogue.texts import LANGUAGE

DATASETS: tuple[NamedDataset, ...] = (*IMAGES, *LANGUAGE, *OTHERS)


@cache
def by_name() -> dict[str, NamedDataset]:
    """Every dataset under its canonical name."""
    return {dataset.name: dataset for dataset in DATASETS}


__all__ = ["DATASETS", "NamedDataset", "by_name"]
