"""The hub's datasets that have a name here, and how the hub lays them out."""

import re
from dataclasses import dataclass
from pathlib import Path

PART_OF_FILE = re.compile(r"(?:^|[-_.])(train|test|validation|valid|val|dev)(?:[-_.]|$)")
"""The part that a Parquet file belongs to, in its name."""


@dataclass(frozen=True)
class HubDataset:
    """A repository of the hub, and one of its configurations (a folder of Parquet files there)."""

    repository: str
    configuration: str
    description: str
    target: str = "label"
    """The column of the classes; "" for running text for a language model: lines of articles."""


HUB = {
    "mnist": HubDataset("ylecun/mnist", "mnist", "70,000 handwritten digits, 28 × 28 grey images"),
    "fashion_mnist": HubDataset(
        "zalando-datasets/fashion_mnist", "fashion_mnist", "70,000 pieces of clothing, 28 × 28 grey images"
    ),
    "cifar10": HubDataset("uoft-cs/cifar10", "plain_text", "60,000 colour photographs, 32 × 32, 10 classes"),
    "cifar100": HubDataset(
        "uoft-cs/cifar100", "cifar100", "60,000 colour photographs, 32 × 32, 100 classes", "fine_label"
    ),
    "imdb": HubDataset("stanfordnlp/imdb", "plain_text", "50,000 film reviews, positive or negative"),
    "wikitext2": HubDataset(
        "Salesforce/wikitext", "wikitext-2-raw-v1", "720 Wikipedia articles, the next token to predict", target=""
    ),
}


def local_folder(name: str, data_dir: Path | None) -> Path | None:
    """Where the Parquet files of a dataset lie below `data_dir`, under its name or its repository's; None if nowhere.

    A folder of the configuration's name is preferred: a copy of the repository may hold others beside it.
    """
    if data_dir is None:
        return None
    known = HUB[name]
    places = [data_dir / name, data_dir / known.repository, data_dir / known.repository.split("/")[1]]
    for place in places:
        for folder in (place / known.configuration, place):
            if folder.is_dir() and any(folder.rglob("*.parquet")):
                return folder
    return None


def files_by_part(folder: Path) -> dict[str, list[Path]]:
    """The Parquet files below a folder by train, validation and test; a file that names no part is of train."""
    parts: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*.parquet")):
        match = PART_OF_FILE.search(file.name.lower())
        part = match.group(1) if match else "train"
        part = "validation" if part in ("valid", "val", "dev") else part
        parts.setdefault(part, []).append(file)
    return parts
