"""Everything that can't be used ends in one clear sentence."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import DiskFull, InputError
from tools.datasets import prepare

Y = np.arange(40) % 2
X = np.random.default_rng(0).normal(size=(40, 3))
NPZ = {
    "object_array": ({"X": np.array([[1, "a"]] * 40, dtype=object), "y": Y}, "Python objects"),
    "object_labels": ({"X": X, "y": np.array([1, "a"] * 20, dtype=object)}, "Python objects"),
    "text_inputs": ({"X": np.array([["a", "b"]] * 40), "y": Y}, "holds text"),
    "complex_inputs": ({"X": X + 1j, "y": Y}, "complex128"),
    "length_mismatch": ({"X": X, "y": Y[:-3]}, "40 samples in x and 37 labels in y"),
    "no_labels": ({"X": X}, "holds X, but not a pair such as X and y"),
    "strange_names": ({"foo": X, "bar": Y}, "holds bar, foo"),
    "one_class": ({"X": X, "y": np.ones(40)}, "same in every row"),
    "two_dimensional_y": ({"X": X, "y": X}, "one label a row"),
    "nan_labels": ({"X": X, "y": np.full(40, np.nan)}, "40 of 40 rows have no label"),
    "infinite_target": ({"X": X, "y": np.where(Y, np.inf, X[:, 0])}, "infinite values"),
    "too_few": ({"X": X[:6], "y": Y[:6]}, "6 usable rows; at least 10"),
    "empty": ({"X": X[:0], "y": Y[:0]}, "holds no rows"),
    "no_features": ({"X": X[:, :0], "y": Y}, "shape"),
    "five_axes": ({"X": X.reshape(40, 1, 1, 1, 3), "y": Y}, "shape"),
    "scalars": ({"X": np.array(3), "y": np.array(1)}, "must be as many"),
    "lonely_classes": ({"X": X, "y": np.array(["a"] * 38 + ["b", "c"])}, "Only 1 class has enough rows"),
    "groups_length": ({"X": X, "y": Y, "groups": Y[:5]}, "one value a row"),
    "time_missing": ({"X": X, "y": Y, "time": np.where(Y, np.nan, 1.0)}, "missing values in time"),
    "token_beyond": ({"X": np.full((40, 9), 50), "y": Y, "vocabulary_size": 10}, "token id 50"),
    "token_negative": ({"X": -np.ones((40, 9), int), "y": Y, "vocabulary_size": 10}, "negative"),
    "vocabulary": ({"X": np.ones((40, 9), int), "y": Y, "vocabulary_size": "x"}, "whole number above 1"),
    "part_shapes": ({"X_train": X, "y_train": Y, "X_test": X[:, :2], "y_test": Y}, "different shapes"),
    "dates_as_labels": ({"X": X, "y": np.arange(40).astype("datetime64[D]")}, "choose a column of classes"),
}
CSV = {
    "empty": ("", "is empty"),
    "blank": ("\n\n \n", "is empty"),
    "header_only": ("a,b,label\n", "holds no rows"),
    "one_column": ("a\n" + "1\n" * 40, "one column only"),
    "binary": (b"\x89PNG\0\0" * 30, "not a text file"),
    "constant_target": ("a,label\n" + "".join(f"{i},1\n" for i in range(40)), "same in every row"),
    "no_plain_target": ("a,b\n" + "".join(f"{i},{i % 2}\n" for i in range(40)), "no column is plainly the target"),
    "two_targets": ("label,class\n" + "0,1\n" * 40, "several columns could be the target"),
    "free_text": ("a,label\n" + "".join(f"sentence {i},{i % 2}\n" for i in range(40)), "No input column can be used"),
    "names_as_classes": (
        "a,label\n" + "".join(f"{i},n{i}\n" for i in range(40)),
        "40 different text values in 40 rows",
    ),
    "target_only": ("label,x\n" + "".join(f"{i % 2},\n" for i in range(40)), "no input columns"),
    "open_quote": ("a,label\n" + '1,0\n2,1\n"3,0\n' + "4,1\n" * 40, "never closed"),
}


@pytest.mark.parametrize("case", NPZ)
def test_npz(case, builders, tmp_path):
    arrays, sentence = NPZ[case]
    with pytest.raises(InputError, match=sentence) as caught:
        prepare(builders["npz"](tmp_path, **arrays), tmp_path / "out")
    assert_one_sentence(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("case", CSV)
def test_csv(case, builders, tmp_path):
    text, sentence = CSV[case]
    with pytest.raises(InputError, match=sentence) as caught:
        prepare(builders["csv"](tmp_path, text), tmp_path / "out")
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        ("", "Name a dataset"),
        ("digitz", "did you mean digits"),
        ("nothing_like_it", "known are digits, wine"),
        ("mnist", "ARXLA_DATA_DIR"),
        ("/no/such/file.npz", "no file or folder"),
        ("a" * 5000, "no usable path"),
        ("a\0b", "Name a dataset"),
    ],
)
def test_names_that_are_not_there(dataset, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence):
        prepare(dataset, tmp_path / "out")


def test_a_misspelt_file_is_suggested(builders, tmp_path):
    builders["csv"](tmp_path, "a,b\n1,2\n", "cars.csv")
    with pytest.raises(InputError, match=r"did you mean cars\.csv"):
        prepare(str(tmp_path / "carz.csv"), tmp_path / "out")


def test_an_unknown_column_is_suggested(builders, tmp_path):
    path = builders["csv"](tmp_path, "weight,mpg\n" + "".join(f"{i},{i * 2}\n" for i in range(40)))
    with pytest.raises(InputError, match="did you mean 'mpg'"):
        prepare(path, tmp_path / "out", target_column="mgp")


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "a.json", "a.hea", "a"])
def test_rubbish_of_any_ending(name, tmp_path):
    (tmp_path / name).write_bytes(b"rubbish\n" * 20)
    with pytest.raises(InputError):
        prepare(str(tmp_path / name), tmp_path / "out")


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "a.csv", "a.hea"])
def test_empty_file_of_any_ending(name, tmp_path):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError):
        prepare(str(tmp_path / name), tmp_path / "out")


def test_a_cut_archive(builders, tmp_path):
    path = Path(builders["npz"](tmp_path, X=X, y=Y))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match="can't be read as an NPZ"):
        prepare(str(path), tmp_path / "out")


def test_a_damaged_member(tmp_path):
    held = io.BytesIO()
    np.save(held, Y)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", b"no array at all")
        archive.writestr("y.npy", held.getvalue())
    with pytest.raises(InputError, match="can't be read"):
        prepare(str(tmp_path / "a.npz"), tmp_path / "out")


def test_folders(builders, tmp_path, rng):
    (tmp_path / "void").mkdir()
    with pytest.raises(InputError, match="no images and no data files"):
        prepare(str(tmp_path / "void"), tmp_path / "out")
    flat = tmp_path / "flat"
    builders["pictures"](flat, rng)
    for picture in list((flat / "cat").iterdir()):
        picture.rename(flat / picture.name)
    (flat / "dog").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="each class into a folder"):
        prepare(str(flat), tmp_path / "out")


def test_pictures_that_are_none(tmp_path):
    for label in "ab":
        (tmp_path / "p" / label).mkdir(parents=True)
        (tmp_path / "p" / label / "x.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match="No picture of"):
        prepare(str(tmp_path / "p"), tmp_path / "out")


def test_records_without_annotations(builders, tmp_path, rng):
    base = Path(builders["record"](tmp_path, "100", rng))
    base.with_suffix(".atr").unlink()
    with pytest.raises(InputError, match=r"put 100\.atr beside it"):
        prepare(str(base), tmp_path / "out")


def test_a_record_without_its_signal(builders, tmp_path, rng):
    base = Path(builders["record"](tmp_path, "100", rng))
    base.with_suffix(".dat").unlink()
    with pytest.raises(InputError, match="can't be read"):
        prepare(str(base), tmp_path / "out")


@pytest.mark.parametrize("dataset", ["iris", "synthetic:image"])
def test_a_target_column_where_there_are_no_columns(dataset, tmp_path):
    with pytest.raises(InputError, match="no columns to choose from"):
        prepare(dataset, tmp_path / "out", target_column="petal")


def test_a_tiny_row_limit(tmp_path):
    with pytest.raises(InputError, match="at least 10"):
        prepare("iris", tmp_path / "out", max_rows=5)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="choose another folder"):
        prepare("iris", tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "precious"


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskFull, match=r"Can.t write"):
        prepare("iris", tmp_path / "file" / "out")


def assert_one_sentence(error: InputError) -> None:
    assert "\n" not in str(error)
    assert "Traceback" not in str(error)
    assert len(str(error)) < 400
