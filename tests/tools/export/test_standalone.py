import numpy
import pytest

from tools.export.standalone.data import load_rows, train_and_validation
from tools.export.standalone.project import Project
from tools.export.standalone.scores import predict, score


def make_project(**changes):
    facts = {
        "model_name": "m",
        "task_type": "classification",
        "target": "cpu",
        "seed": 0,
        "quantization_bits": 8,
        "batch": 4,
        "input_shape": (1, 2, 3),
        "target_name": "y",
        "epoch_names": ("epochs",),
        "hyperparameters": {},
        "normalizer": {"kind": "per_channel", "mean": [1.0], "std": [2.0], "fill": [1.0]},
        "classes": ["cat", "dog"],
    }
    return Project(**(facts | changes))


@pytest.mark.parametrize("shape", [(5, 1, 2, 3), (5, 2, 3, 1), (5, 2, 3), (5, 6)])
def test_layouts_that_mean_the_same(tmp_path, shape):
    numpy.savez(
        tmp_path / "d.npz", X=numpy.arange(30.0).reshape(shape), y=numpy.array(["cat", "dog", "dog", "cat", "dog"])
    )
    X, y = load_rows(tmp_path / "d.npz", make_project())["all"]
    assert X.shape == (5, 1, 2, 3) and X.dtype == numpy.float32
    assert numpy.allclose(X.reshape(-1), (numpy.arange(30) - 1) / 2)
    assert y.tolist() == [0, 1, 1, 0, 1]


def test_a_sample_of_another_shape_is_refused(tmp_path):
    numpy.savez(tmp_path / "d.npz", X=numpy.zeros((5, 7)))
    with pytest.raises(SystemExit, match=r"shape \(1, 2, 3\), and X holds samples of shape \(7,\)"):
        load_rows(tmp_path / "d.npz", make_project())


@pytest.mark.parametrize(
    ("classes", "y", "numbers"),
    [(["3", "5"], [5, 3], [1, 0]), (["cat", "dog"], [1, 0], [1, 0]), (["1", "2"], [1.0, 2.0], [0, 1])],
)
def test_labels_become_class_numbers(tmp_path, classes, y, numbers):
    numpy.savez(tmp_path / "d.npz", X=numpy.zeros((2, 6)), y=numpy.array(y))
    assert load_rows(tmp_path / "d.npz", make_project(classes=classes))["all"][1].tolist() == numbers


def test_unknown_labels_are_named(tmp_path):
    numpy.savez(tmp_path / "d.npz", X=numpy.zeros((2, 6)), y=numpy.array(["cat", "cow"]))
    with pytest.raises(SystemExit, match="The labels hold cow; the model knows cat, dog"):
        load_rows(tmp_path / "d.npz", make_project())


def test_rows_are_divided_class_by_class():
    y = numpy.array([0] * 20 + [1] * 5 + [2])
    X = numpy.arange(26)[:, None]
    X_train, y_train, X_val, y_val = train_and_validation({"all": (X, y)}, make_project(), 0)
    assert numpy.bincount(y_val).tolist() == [4, 1] and set(y_train) == {0, 1, 2}
    assert sorted([*X_train[:, 0], *X_val[:, 0]]) == list(range(26))
    with pytest.raises(SystemExit, match="needs labels"):
        train_and_validation({"all": (X, None)}, make_project(), 0)


def test_predictions_come_in_full_batches():
    seen = []

    def model(batch):
        seen.append(len(batch))
        return batch.sum(dim=1, keepdim=True)

    rows = numpy.arange(12, dtype=numpy.float32).reshape(6, 2)
    assert predict(model, rows, 4)[:, 0].tolist() == rows.sum(axis=1).tolist()
    assert seen == [4, 4]


def next_token_log_probabilities(logits, y):
    """What the box leaves for logits (n, length, vocabulary), worked out anew."""
    shares = numpy.exp(logits) / numpy.exp(logits).sum(axis=2, keepdims=True)
    return numpy.log(numpy.take_along_axis(shares, y[:, :, None], 2))[:, :-1, 0].astype("f4")


def test_scores_match_the_trusted_side():
    from runtime.data_profile import DataProfile
    from tools.measure.metrics import measure

    chance = numpy.random.default_rng(0)
    cases = {
        "classification": (chance.normal(size=(50, 3)).astype("f4"), chance.integers(0, 3, 50)),
        "regression": (chance.normal(size=(50, 1)).astype("f4"), chance.normal(size=50).astype("f4")),
        "language_modeling": (chance.normal(size=(5, 7, 11)).astype("f4"), chance.integers(0, 11, (5, 7))),
    }
    for task, (outputs, y) in cases.items():
        profile = DataProfile(
            dataset_name="d", shape=(50, 2), sample_count=50, feature_count=2, task_type=task, num_classes=3
        )
        given = next_token_log_probabilities(outputs, y) if task == "language_modeling" else outputs
        trusted, _ = measure(given, y, profile)
        outputs, y = (outputs[:, :-1], y[:, :-1]) if task == "language_modeling" else (outputs, y)
        assert score(outputs, y, task)[1] == pytest.approx(
            abs(trusted.score) if task[0] == "l" else trusted.score, rel=1e-5
        )


TABLE = {
    "kind": "table",
    "columns": [
        {"name": "size", "encoding": "number", "fill": 2.0},
        {"name": "color", "encoding": "one_hot", "categories": ["blue", "red"], "other": True, "missing": True},
    ],
    "mean": [0.0] * 5,
    "std": [1.0] * 5,
}


def test_a_table_is_read_by_its_columns(tmp_path):
    (tmp_path / "d.csv").write_text("color;y;size\nred;dog;1.5\n;cat;\ngreen;dog;4\n")
    X, y = load_rows(tmp_path / "d.csv", make_project(normalizer=TABLE))["all"]
    assert X.tolist() == [[1.5, 0, 1, 0, 0], [2.0, 0, 0, 0, 1], [4.0, 0, 0, 1, 0]]
    assert y.tolist() == [1, 0, 1]


def test_a_table_without_labels_is_for_prediction(tmp_path):
    (tmp_path / "d.csv").write_text("size,color\n1,red\n")
    assert load_rows(tmp_path / "d.csv", make_project(normalizer=TABLE))["all"][1] is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bad.csv", "lacks the column 'color'"),
        ("none.csv", "holds no rows"),
        ("raw.npz", "give a CSV file with size, color"),
        ("empty.npz", "holds no array named X"),
        ("absent.npz", "There is no file"),
    ],
)
def test_wrong_data_is_one_sentence(tmp_path, name, says):
    (tmp_path / "bad.csv").write_text("size,noise\n1,2\n")
    (tmp_path / "none.csv").write_text("size,color\n")
    numpy.savez(tmp_path / "raw.npz", X=numpy.zeros((3, 3)))
    numpy.savez(tmp_path / "empty.npz", other=numpy.zeros(3))
    with pytest.raises(SystemExit, match=says):
        load_rows(tmp_path / name, make_project(normalizer=TABLE))
