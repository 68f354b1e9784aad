"""Finding datasets by name and path."""

import pytest

from runtime.errors import InputError
from tools.datasets import known_datasets
from tools.datasets.catalogue import BUNDLED, FILES, SYNTHETIC, find_source


def test_every_known_dataset_has_a_line():
    names = [entry.name for entry in known_datasets()]
    assert len(names) == len(set(names))
    assert {"digits", "wine", "iris", "synthetic:tokens", "fashion_mnist"} <= set(names)
    assert all(entry.description and "\n" not in entry.description for entry in known_datasets())


@pytest.mark.parametrize("name", [*BUNDLED, *SYNTHETIC])
def test_bundled_names_resolve_without_files(name):
    source = find_source(name, None)
    assert source.path is None
    assert callable(source.loader())


def test_every_loader_can_be_imported(tmp_path):
    for suffix in FILES:
        (tmp_path / f"x{suffix}").write_text("")
        assert callable(find_source(str(tmp_path / f"x{suffix}"), None).loader())


def test_a_name_in_the_data_folder(builders, tmp_path):
    builders["csv"](tmp_path, "a,label\n1,2\n", "cars.csv")
    (tmp_path / "ecg").mkdir()
    builders["csv"](tmp_path / "ecg", "a,label\n1,2\n", "beats.csv")
    assert find_source("cars", tmp_path).path == tmp_path / "cars.csv"
    assert find_source("ecg", tmp_path).path == tmp_path / "ecg" / "beats.csv"
    with pytest.raises(InputError, match="did you mean cars"):
        find_source("carz", tmp_path)


def test_a_folder_of_several_tables_asks_which(builders, tmp_path):
    (tmp_path / "t").mkdir()
    for name in ("a.csv", "b.csv"):
        builders["csv"](tmp_path / "t", "a,label\n1,2\n", name)
    with pytest.raises(InputError, match=r"2 data files \(a\.csv, b\.csv\); name one"):
        find_source(str(tmp_path / "t"), None)


def test_a_changed_file_changes_the_state(builders, tmp_path):
    path = builders["csv"](tmp_path, "a,label\n1,2\n")
    before = find_source(path, None).state()
    builders["csv"](tmp_path, "a,label\n1,2\n3,4\n")
    assert find_source(path, None).state() != before
