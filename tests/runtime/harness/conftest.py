"""Small arrays of each kind on disk, and the hand-written training functions."""

from pathlib import Path

import numpy
import pytest

FUNCTIONS = Path(__file__).parents[2] / "training_functions"


@pytest.fixture(scope="session")
def functions():
    return {path.stem: path.read_text() for path in FUNCTIONS.glob("*.py")}


@pytest.fixture(scope="session")
def make_inputs(tmp_path_factory):
    def make(shape, classes=3, train=128, val=70):
        folder = tmp_path_factory.mktemp("arrays")
        random = numpy.random.default_rng(0)
        centres = random.normal(size=(classes, *shape))
        paths = {}
        for part, count in (("train", train), ("val", val)):
            y = numpy.arange(count) % classes
            X = centres[y] + 0.3 * random.normal(size=(count, *shape))
            for name, values in ((f"X_{part}", X.astype(numpy.float32)), (f"y_{part}", y.astype(numpy.int64))):
                paths[name] = folder / f"{name}.npy"
                numpy.save(paths[name], values)
        return paths

    return make
