"""Which loader reads what: names, file endings and folders to import paths, loaded only when chosen."""

import difflib
import glob
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from runtime.errors import InputError
from runtime.settings import Settings
from tools.datasets.hub.access import HubAccess, hub_access
from tools.datasets.hub.known import HUB, local_folder
from tools.datasets.raw import Loader

BUNDLED = {
    "digits": "1,797 handwritten digits, 8 × 8 grey images, 10 classes (scikit-learn)",
    "wine": "178 wines, 13 chemical measurements, 3 classes (scikit-learn)",
    "breast_cancer": "569 tumours, 30 measurements, 2 classes (scikit-learn)",
    "iris": "150 flowers, 4 measurements, 3 classes (scikit-learn)",
    "diabetes": "442 patients, 10 measurements, regression (scikit-learn)",
}
SYNTHETIC = {
    "synthetic": "800 generated rows of 12 features, 3 classes",
    "synthetic:tabular": "the same as synthetic",
    "synthetic:sequence": "600 generated two-channel signals, 3 classes",
    "synthetic:image": "600 generated 12 × 12 images, 4 classes",
    "synthetic:tokens": "800 generated token sequences, 2 classes",
    "synthetic:regression": "600 generated rows, a number to predict",
}
FILES = {
    ".npz": "tools.datasets.loaders.npz:load_npz",
    ".csv": "tools.datasets.loaders.delimited:load_delimited",
    ".tsv": "tools.datasets.loaders.delimited:load_delimited",
    ".tab": "tools.datasets.loaders.delimited:load_delimited",
    ".txt": "tools.datasets.loaders.delimited:load_delimited",
    ".data": "tools.datasets.loaders.delimited:load_delimited",
    ".parquet": "tools.datasets.loaders.parquet:load_parquet",
    ".pq": "tools.datasets.loaders.parquet:load_parquet",
    ".hea": "tools.datasets.loaders.wfdb_records:load_wfdb",
    ".dat": "tools.datasets.loaders.wfdb_records:load_wfdb",
    ".atr": "tools.datasets.loaders.wfdb_records:load_wfdb",
}
READABLE = "NPZ, CSV, TSV, Parquet, WFDB records, or a folder of images, records or Parquet files"
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


class KnownDataset(NamedTuple):
    """A dataset that can be asked for by name."""

    name: str
    description: str


def known_datasets() -> list[KnownDataset]:
    """Every dataset with a name, and one line about it."""
    hub = {name: f"{known.description} ({known.repository} on the hub)" for name, known in HUB.items()}
    return [KnownDataset(name, words) for name, words in (BUNDLED | SYNTHETIC | hub).items()]


@dataclass(frozen=True)
class Source:
    """A dataset that was found: its loader's import path and where it lies.

    `path` is None when it ships with a library or comes from the hub; a hub's dataset has no loader path.
    """

    name: str
    loader_path: str
    path: Path | None = None

    @property
    def is_hub(self) -> bool:
        """One of the hub's named datasets, on the hub or in a local folder of its layout."""
        return not self.loader_path

    def note(self, hub: HubAccess | None) -> str:
        """Where a hub's dataset is read from, and where what is fetched stays; "" for any other."""
        if not self.is_hub:
            return ""
        if self.path is not None:
            return f"{self.name} is read from {self.path} by the datasets library."
        kept = hub is not None and hub.kept(self.name) is not None
        how = "was fetched before and is read from" if kept else f"is fetched from {hub.endpoint if hub else ''} into"
        return f"{HUB[self.name].repository} {how} {hub.cache if hub else ''}."

    @property
    def title(self) -> str:
        """A name for people."""
        return self.name if self.path is None or self.is_hub else self.path.stem

    def loader(self) -> Loader:
        """Import the loader."""
        module, function = self.loader_path.split(":")
        loader: Callable[..., Any] = getattr(importlib.import_module(module), function)
        return cast(Loader, loader)

    def state(self) -> list[int]:
        """File count, bytes and latest change, so that changed files are noticed without reading them."""
        if self.path is None:
            return []
        if self.path.is_dir():
            files = [file for file in self.path.rglob("*") if file.is_file()]
        elif self.loader_path == FILES[".hea"]:
            files = list(self.path.parent.glob(f"{glob.escape(self.path.stem)}.*"))
        else:
            files = [self.path]
        stats = [file.stat() for file in files]
        return [len(stats), sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)]


def loadable(name: str, settings: Settings) -> str:
    """Why a dataset can't be loaded now, or "": answered within seconds, whatever state the network is in."""
    try:
        find_source(name, settings.arxla_data_dir, hub_access(settings))
    except InputError as error:
        return str(error)
    return ""


def find_source(dataset: str, data_dir: Path | None, hub: HubAccess | None = None) -> Source:
    """Resolve a bundled name, a path, a name in `data_dir`, or the hub's, in that order.

    Raises `InputError` with close matches, or, after seconds at most, when the hub has to be asked and can't be.
    """
    if not dataset.strip() or "\0" in dataset:
        raise InputError("Name a dataset (for example digits) or give the path of a file or folder.")
    if dataset in BUNDLED:
        return Source(dataset, "tools.datasets.loaders.bundled:load_bundled")
    if dataset in SYNTHETIC:
        return Source(dataset, "tools.datasets.loaders.synthetic:load_synthetic")
    if dataset in HUB and (folder := local_folder(dataset, data_dir)) is not None:
        return Source(dataset, "", folder)
    places = [Path(dataset).expanduser()]
    if data_dir is not None and not places[0].is_absolute():
        places += [data_dir / dataset, *(data_dir / f"{dataset}{suffix}" for suffix in FILES)]
    for place in places:
        if _is_there(place):
            return _source_at(place)
    if dataset in HUB and hub is not None:
        hub.check(dataset, data_dir)
        return Source(dataset, "")
    raise InputError(_not_found(dataset, data_dir))


def _is_there(path: Path) -> bool:
    """A file, a folder, or a WFDB record named without its ending."""
    try:
        return path.exists() or path.with_name(path.name + ".hea").exists()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)[:80]!r} is no usable path ({error.__class__.__name__}).") from error


def _source_at(path: Path) -> Source:
    if path.is_dir():
        return _source_in_folder(path)
    if not path.exists():
        return Source(path.name, FILES[".hea"], path)
    loader = FILES.get(path.suffix.lower())
    if loader is None:
        raise InputError(f"{path} has the ending {path.suffix or '(none)'}, which can't be read; give {READABLE}.")
    return Source(path.name, loader, path)


def _source_in_folder(folder: Path) -> Source:
    """A folder is what it holds most plainly: records, Parquet files, images, or one single data file."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    suffixes = {file.suffix.lower() for file in files}
    if ".hea" in suffixes:
        return Source(folder.name, FILES[".hea"], folder)
    if ".parquet" in suffixes:
        return Source(folder.name, "tools.datasets.loaders.parquet:load_parquet_folder", folder)
    if suffixes & set(IMAGES):
        return Source(folder.name, "tools.datasets.loaders.image_folder:load_image_folder", folder)
    readable = [file for file in files if file.suffix.lower() in FILES and file.suffix.lower() != ".txt"]
    if len(readable) == 1:
        return Source(folder.name, FILES[readable[0].suffix.lower()], readable[0])
    if readable:
        shown = ", ".join(str(file.relative_to(folder)) for file in readable[:5])
        raise InputError(f"{folder} holds {len(readable)} data files ({shown}); name one of them.")
    raise InputError(f"{folder} holds no images and no data files; give {READABLE}.")


def _not_found(dataset: str, data_dir: Path | None) -> str:
    if dataset in HUB:
        place = f"in {data_dir}" if data_dir else "without a data folder (ARXLA_DATA_DIR)"
        return f"The dataset {dataset!r} was not found {place}; put its Parquet files there, in a folder of that name."
    path = Path(dataset)
    if path.suffix or len(path.parts) > 1:
        siblings = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, siblings, n=3)
        return f"There is no file or folder {dataset}" + (f"; did you mean {' or '.join(near)}?" if near else ".")
    known = [entry.name for entry in known_datasets()]
    if data_dir is not None and data_dir.is_dir():
        known += [entry.stem for entry in sorted(data_dir.iterdir()) if not entry.name.startswith(".")]
    known = list(dict.fromkeys(known))
    near = difflib.get_close_matches(dataset, known, n=3, cutoff=0.6)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"There is no dataset {dataset!r}{hint}; known are {', '.join(known)}, or give a path."
