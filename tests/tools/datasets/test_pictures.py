"""Images in folders and in Parquet files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from runtime.errors import InputError
from tools.datasets import prepare
from tools.datasets.loaders.pictures import stack_pictures


def test_a_class_a_folder(builders, tmp_path, rng):
    profile = prepare(builders["pictures"](tmp_path / "p", rng), tmp_path / "out").profile
    assert (profile.shape, profile.class_names, profile.data_type) == ((24, 1, 10, 12), ["cat", "dog"], "image_folder")
    assert profile.warnings == []


def test_colour(builders, tmp_path, rng):
    assert prepare(builders["pictures"](tmp_path / "p", rng, mode="RGB"), tmp_path / "out").profile.input_shape[0] == 3


def test_train_and_test_folders(builders, tmp_path, rng):
    builders["pictures"](tmp_path / "p" / "train", rng, count=15)
    builders["pictures"](tmp_path / "p" / "test", rng, count=5)
    prepared = prepare(str(tmp_path / "p"), tmp_path / "out")
    assert (prepared.profile.split_kind, prepared.test_count) == ("given", 10)


def test_large_pictures_are_brought_to_a_bounded_size(builders, tmp_path, rng):
    profile = prepare(builders["pictures"](tmp_path / "p", rng, size=(200, 100)), tmp_path / "out").profile
    assert profile.input_shape == (1, 32, 64)
    assert "Resized images: all pictures were brought to 32 × 64 pixels." in profile.warnings


def test_broken_pictures_are_named_and_left_out(builders, tmp_path, rng):
    folder = Path(builders["pictures"](tmp_path / "p", rng))
    (folder / "cat" / "broken.png").write_bytes((folder / "cat" / "1.png").read_bytes()[:60])
    profile = prepare(str(folder), tmp_path / "out").profile
    assert profile.sample_count == 24
    assert any("Unreadable images: 1 left out (cat/broken.png)" in warning for warning in profile.warnings)


def test_a_row_limit_is_applied_before_decoding(builders, tmp_path, rng):
    profile = prepare(builders["pictures"](tmp_path / "p", rng, count=30), tmp_path / "out", max_rows=20).profile
    assert profile.sample_count == 20
    assert "Row limit: a sample of 20 of 60 rows is used." in profile.warnings


@pytest.mark.parametrize(
    ("mode", "channels"), [("1", 1), ("L", 1), ("LA", 1), ("I;16", 1), ("P", 3), ("RGB", 3), ("RGBA", 3), ("CMYK", 3)]
)
def test_every_mode_of_picture(mode, channels, tmp_path):
    picture = (
        Image.new("RGB", (6, 5), (10, 200, 30)).convert(mode) if mode != "I;16" else Image.new(mode, (6, 5), 40000)
    )
    path = tmp_path / ("a.png" if mode != "CMYK" else "a.jpg")
    picture.save(path)
    pictures = stack_pictures([("a", path)], "pictures")
    assert pictures.values.shape == (1, channels, 5, 6)
    assert pictures.values.max() > 0


def test_pictures_are_turned_upright(tmp_path):
    picture = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20)
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=exif)
    assert stack_pictures([("a", tmp_path / "a.png")], "pictures").values.shape == (1, 1, 4, 3)


def test_hub_folder(builders, tmp_path, rng):
    builders["hub"](tmp_path / "clothes", rng)
    prepared = prepare("clothes", tmp_path / "out", data_dir=tmp_path)
    profile = prepared.profile
    assert (profile.shape, profile.class_names, profile.split_kind) == ((55, 1, 9, 9), ["shoe", "hat"], "given")
    assert (prepared.train_count, prepared.val_count, prepared.test_count) == (34, 6, 15)
    assert profile.dataset_name == "clothes"


def test_hub_folder_with_a_row_limit(builders, tmp_path, rng):
    prepared = prepare(builders["hub"](tmp_path / "clothes", rng), tmp_path / "out", max_rows=20)
    assert prepared.train_count + prepared.val_count == 20
    assert prepared.test_count == 15


def test_hub_folder_with_an_unknown_label(builders, tmp_path, rng):
    with pytest.raises(InputError, match="has the columns image, label"):
        prepare(builders["hub"](tmp_path / "clothes", rng), tmp_path / "out", target_column="kind")
