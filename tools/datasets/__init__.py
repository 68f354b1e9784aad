"""From a name or a path to a split, normalised dataset on disk, with its profile. See README.md."""

from tools.datasets.catalogue import KnownDataset, known_datasets
from tools.datasets.normalizer import apply_normalizer
from tools.datasets.preparation import prepare
from tools.datasets.storage import open_prepared

__all__ = ["KnownDataset", "apply_normalizer", "known_datasets", "open_prepared", "prepare"]
