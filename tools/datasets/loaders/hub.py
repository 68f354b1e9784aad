"""The hub's named datasets, as the `datasets` library reads them from the hub or from a local folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tools.datasets.corpus import Corpus, articles, corpus_parts
from tools.datasets.hub.access import HubAccess
from tools.datasets.hub.known import HUB
from tools.datasets.hub.library import ArrowFiles, fetch, read_folder
from tools.datasets.loaders.parquet import PARTS, blocks_dataset
from tools.datasets.loaders.row_blocks import ArrowBlocks
from tools.datasets.raw import LoadRequest, RawDataset, check_bytes


def load_hub(request: LoadRequest, hub: HubAccess | None) -> RawDataset | Corpus:
    """Read `request.path`, a folder of the hub's Parquet files, or without one fetch the dataset named.

    The library brings the files into Arrow's form; pictures are decoded and texts read here, as those of a user's own
    files are.
    """
    with _arrow_files(request, hub) as files:
        target = HUB[request.name].target
        if not target:
            return _corpus(request, files)
        request = replace(request, target_column=request.target_column or target)
        blocks = ArrowBlocks([file for part in PARTS for file in files.get(part, [])])
        counts = {part: len(ArrowBlocks(files[part])) for part in PARTS if part in files}
        return blocks_dataset(blocks, counts, request)


@contextmanager
def _arrow_files(request: LoadRequest, hub: HubAccess | None) -> Iterator[ArrowFiles]:
    if request.path is not None:
        with read_folder(request.path) as files:
            yield files
    elif hub is not None:
        yield fetch(request.name, hub)
    else:
        raise ValueError(f"{request.name} has no folder, and no hub was given")


def _corpus(request: LoadRequest, files: ArrowFiles) -> Corpus:
    """The articles of each part, in their order."""
    texts = {}
    for part in PARTS:
        if part in files:
            blocks = ArrowBlocks(files[part])
            check_bytes(blocks.bytes(), 1, 1, request.what)
            texts[part] = articles(blocks.read_column("text"))
    return corpus_parts(texts, request.what)
