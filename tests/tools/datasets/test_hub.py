"""The hub's named datasets: from a server that answers as the hub does, from a local folder, and from nowhere."""

import io
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runtime.errors import InputError
from runtime.settings import load_settings
from tests.servers.hub_server import Hub
from tools.datasets import HubAccess, loadable, prepare
from tools.datasets.catalogue import find_source
from tools.datasets.hub.known import HUB, files_by_part, local_folder

CARD = b"""---
configs:
- config_name: plain_text
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
dataset_info:
  config_name: plain_text
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
---
"""
WORDS = ("a dull and weary film", "a bright and lively film")


def reviews(rows: int, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    texts = [f"{WORDS[label]} of part {rng.integers(10**6)} and {rng.integers(10**6)}" for label in labels]
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "label": labels}), buffer)
    return buffer.getvalue()


def lay_out(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for part, rows in (("train", 80), ("test", 20)):
        (folder / f"{part}-00000-of-00001.parquet").write_bytes(reviews(rows, rows))
    return folder


@pytest.fixture
def hub():
    files = {
        f"plain_text/{part}-00000-of-00001.parquet": reviews(rows, rows) for part, rows in (("train", 80), ("test", 20))
    }
    with Hub("stanfordnlp/imdb", {"README.md": CARD, **files}).running() as running:
        yield running


def test_a_dataset_is_fetched_once_and_kept(hub, tmp_path):
    events = []
    access = HubAccess(hub.url, tmp_path / "cache")
    first = prepare("imdb", tmp_path / "a", hub=access, emit=events.append)
    assert first.profile.class_names == ["neg", "pos"]
    assert (first.train_count + first.val_count, first.test_count) == (80, 20)
    assert hub.url in events[0]["text"] and str(tmp_path / "cache") in events[0]["text"]
    assert all("stanfordnlp/imdb" in line for line in hub.asked), "nothing but the dataset is asked for"
    asked = len(hub.asked)
    offline = HubAccess("http://127.0.0.1:9", tmp_path / "cache", offline=True)
    assert prepare("imdb", tmp_path / "b", hub=offline).content_hash == first.content_hash
    assert len(hub.asked) == asked


def test_a_dataset_that_the_hub_lacks_is_refused(hub, tmp_path):
    with pytest.raises(InputError, match="it answers 404"):
        find_source("mnist", None, HubAccess(hub.url, tmp_path))


def test_what_a_broken_hub_gives_becomes_one_sentence(hub, tmp_path):
    hub.files["plain_text/test-00000-of-00001.parquet"] = b"no parquet at all"
    with pytest.raises(InputError, match=r"stanfordnlp/imdb at http.* can't be read by the datasets library"):
        prepare("imdb", tmp_path / "a", hub=HubAccess(hub.url, tmp_path / "cache"))
    assert HubAccess(hub.url, tmp_path / "cache").kept("imdb") is None


@pytest.mark.parametrize("offline", [True, False])
def test_no_network_and_no_copy_is_said_at_once(offline, tmp_path):
    settings = load_settings(
        env_file=None,
        arxla_offline=offline,
        hf_endpoint="http://127.0.0.1:9",
        arxla_cache_dir=tmp_path,
        arxla_data_dir=None,
    )
    start = time.monotonic()
    for name in HUB:
        reason = loadable(name, settings)
        assert HUB[name].repository in reason and "ARXLA_DATA_DIR" in reason and "network" in reason
        assert reason.count(". ") == 0
    assert time.monotonic() - start < 3
    assert loadable("synthetic", settings) == loadable("digits", settings) == ""
    assert "no dataset" in loadable("unheard", settings)


@pytest.mark.parametrize("place", ["imdb", "imdb/plain_text", "stanfordnlp/imdb/plain_text", "imdb/data"])
def test_a_local_folder_needs_no_hub(place, tmp_path):
    lay_out(tmp_path / place)
    source = find_source("imdb", tmp_path)
    assert source.is_hub and source.path is not None
    assert set(files_by_part(source.path)) == {"train", "test"}


def test_the_configuration_is_taken_out_of_a_whole_repository(tmp_path):
    lay_out(tmp_path / "wikitext" / "wikitext-103-raw-v1")
    wanted = lay_out(tmp_path / "wikitext" / "wikitext-2-raw-v1")
    assert local_folder("wikitext2", tmp_path) == wanted


def test_a_local_folder_is_read_by_the_library(tmp_path):
    lay_out(tmp_path / "imdb" / "plain_text")
    prepared = prepare("imdb", tmp_path / "out", data_dir=tmp_path)
    assert prepared.profile.split_kind == "given"
    assert prepared.profile.vocabulary_size is not None
    assert prepared.test_count == 20


def test_other_files_under_a_known_name_are_read_as_ever(tmp_path):
    (tmp_path / "imdb.csv").write_text("a,label\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    assert find_source("imdb", tmp_path).path == tmp_path / "imdb.csv"
