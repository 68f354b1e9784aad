"""From a name or a path to a split, normalised dataset on disk, with its profile. See README.md."""

from tools.datasets.catalogue import KnownDataset, known_datasets, loadable
from tools.datasets.hub.access import HubAccess, hub_access
from tools.datasets.normalizer import apply_normalizer
from tools.datasets.preparation import prepare
from tools.datasets.storage import open_prepared

__all__ = [
    "HubAccess",
    "KnownDataset",
    "apply_normalizer",
    "hub_access",
    "known_datasets",
    "loadable",
    "open_prepared",
    "prepare",
]
