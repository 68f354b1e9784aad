"""Metrics against values worked out by hand, and hostile files."""

import io
import json
import math
import os

import numpy
import pytest
from safetensors.numpy import load, save

from runtime.data_profile import DataProfile, PreparedData
from runtime.harness.quantize import dequantize, pack, quantize, unpack
from tools.measure.baselines import measure_baselines
from tools.measure.metrics import measure
from tools.measure.size import formula_kb, measure_size, quantize_file
from tools.measure.untrusted import UntrustedFileError, read_array


def profile(task="classification", classes=3, **more):
    shape = more.pop("shape", (10, 4))
    return DataProfile(
        dataset_name="t",
        shape=shape,
        sample_count=shape[0],
        feature_count=4,
        task_type=task,
        num_classes=classes,
        **more,
    )


def test_classification_by_hand():
    logits = numpy.eye(3, dtype=numpy.float32)[[0, 0, 1, 2, 2, 0]]
    labels = numpy.array([0, 0, 1, 1, 2, 2])
    measured, warnings = measure(logits, labels, profile())
    assert measured.score == pytest.approx(4 / 6) and warnings == []
    assert measured.details["balanced_accuracy"] == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert measured.details["macro_f1"] == pytest.approx((0.8 + 2 / 3 + 0.5) / 3)
    assert measured.confusion == [[2, 0, 0], [0, 1, 1], [1, 0, 1]]


def test_constant_answers_are_named():
    _, warnings = measure(numpy.zeros((4, 3), numpy.float32), numpy.array([0, 1, 2, 2]), profile())
    assert "class 0 for every row" in warnings[0]
    _, warnings = measure(numpy.ones(4, numpy.float32), numpy.arange(4.0), profile("regression", None))
    assert "same value" in warnings[0]


def test_regression_by_hand():
    measured, warnings = measure(
        numpy.array([[1.0], [2.0], [4.0]], numpy.float32), numpy.array([1.0, 2.0, 3.0]), profile("regression", None)
    )
    assert measured.score == pytest.approx(0.5) and measured.details["mae"] == pytest.approx(1 / 3)
    assert measured.details["rmse"] == pytest.approx(math.sqrt(1 / 3)) and warnings == []
    assert measured.residuals == [(1.0, 1.0), (2.0, 2.0), (3.0, 4.0)]


def test_perplexity_by_hand():
    facts = profile("language_modeling", None).model_copy(update={"bytes_per_token": 4.0, "words_per_token": 0.5})
    quarter = numpy.full((2, 2), -math.log(4), numpy.float32)
    measured, _ = measure(quarter, numpy.ones((2, 3), numpy.int64), facts)
    assert measured.score == pytest.approx(-4.0) and measured.details["cross_entropy"] == pytest.approx(math.log(4))
    assert measured.details["bits_per_byte"] == pytest.approx(2 / 4)
    assert measured.details["word_perplexity"] == pytest.approx(16.0)
    with pytest.raises(UntrustedFileError, match="above 1"):
        measure(numpy.full((2, 2), 0.5, numpy.float32), numpy.ones((2, 3), numpy.int64), facts)


@pytest.mark.parametrize(
    ("task", "shape", "labels"),
    [
        ("classification", (4, 2), numpy.zeros(4, int)),
        ("classification", (4,), numpy.zeros(4, int)),
        ("classification", (3, 3), numpy.zeros(4, int)),
        ("regression", (4, 2), numpy.zeros(4)),
        ("language_modeling", (4, 5), numpy.zeros((4, 5), int)),
        ("language_modeling", (1, 2, 3), numpy.full((1, 3), 1)),
    ],
)
def test_wrong_shapes_are_faults(task, shape, labels):
    with pytest.raises(UntrustedFileError):
        measure(numpy.zeros(shape, numpy.float32), labels, profile(task))


def npy(array, **options):
    buffer = io.BytesIO()
    numpy.save(buffer, array, **options)
    return buffer.getvalue()


def lying(shape, descr="'<f4'"):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)


HOSTILE = {
    "pickle": npy(numpy.array([object()]), allow_pickle=True),
    "text": b"accuracy = 1.0",
    "empty": b"",
    "huge shape": lying("(1000000000000,)"),
    "negative shape": lying("(-4,)"),
    "no tuple": lying("[4]"),
    "true as a size": lying("(True,)"),
    "strings": lying("(4,)", "'<U1'"),
    "call in the header": lying("(4,)", "__import__('os').abort()"),
    "integers": npy(numpy.arange(4)),
    "nan": npy(numpy.array([1.0, numpy.nan], numpy.float32)),
    "infinite": npy(numpy.array([1.0, numpy.inf], numpy.float32)),
    "cut short": npy(numpy.ones(64, numpy.float32))[:-5],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arrays_are_refused(name, tmp_path):
    path = tmp_path / "val_predictions.npy"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(UntrustedFileError):
        read_array(path)


def test_links_pipes_and_floods_are_refused(tmp_path):
    good = tmp_path / "good.npy"
    good.write_bytes(npy(numpy.ones((2, 3), numpy.float32)))
    assert read_array(good).shape == (2, 3)
    link, pipe = tmp_path / "link.npy", tmp_path / "pipe.npy"
    link.symlink_to(good)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "absent"):
        with pytest.raises(UntrustedFileError):
            read_array(path)
    with pytest.raises(UntrustedFileError, match="larger than"):
        read_array(good, max_bytes=20)


WEIGHTS = {
    "a.weight": numpy.random.default_rng(0).normal(size=(16, 8)).astype(numpy.float32),
    "a.bias": numpy.linspace(-1, 1, 16, dtype=numpy.float32),
    "count": numpy.array(3),
    "zero": numpy.zeros((2, 2), numpy.float32),
    "large": numpy.full((2, 2), 1e30, numpy.float32),
    "tiny": numpy.full((2, 2), 1e-30, numpy.float32),
    "one": numpy.array(0.5, numpy.float32),
}


@pytest.mark.parametrize(("bits", "error"), [(8, 1 / 127), (16, 1e-3), (32, 0.0)])
def test_quantized_weights_stay_near(bits, error):
    stored = quantize(WEIGHTS, bits)
    back = unpack(pack(stored, {"tied": "a.weight"}, bits))
    assert set(back) == {*WEIGHTS, "tied"} and numpy.array_equal(back["tied"], back["a.weight"])
    for name, values in WEIGHTS.items():
        assert back[name].shape == values.shape and back[name].dtype.kind == values.dtype.kind
        assert numpy.allclose(back[name], values, atol=error * (1 if name != "large" else 0) * 4, rtol=1e-6)
    if bits == 8:
        channel = numpy.abs(WEIGHTS["a.weight"]).max(axis=1, keepdims=True)
        assert (numpy.abs(back["a.weight"] - WEIGHTS["a.weight"]) <= channel / 127 * 0.6).all()
        assert stored["a.weight"].dtype == numpy.int8 and stored["a.weight::scale"].dtype == numpy.float16


def test_a_scale_can_not_be_forged():
    with pytest.raises(ValueError, match="may not be named"):
        quantize({"a::scale": numpy.ones(2)}, 8)
    with pytest.raises(ValueError, match="scale of"):
        dequantize({"a": numpy.ones((2, 2), numpy.int8), "a::scale": numpy.ones(3, numpy.float16)})


def test_size_counts_real_bytes(tmp_path):
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(pack(quantize(WEIGHTS, 32), {}, 32))
    size = measure_size(weights, 8, tmp_path / "model.safetensors")
    assert size.real_bytes == (tmp_path / "model.safetensors").stat().st_size
    assert size.parameters == sum(v.size for v in WEIGHTS.values() if v.dtype.kind == "f")
    assert size.formula_kb == pytest.approx(size.parameters * 1.1 / 1024) == formula_kb(size.parameters, 8)
    assert set(load((tmp_path / "model.safetensors").read_bytes())) == {*WEIGHTS, "a.weight::scale", "zero::scale"}


def header(**entries):
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        b"", b"x" * 100, header(), header(a={"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}),
        (10**15).to_bytes(8, "little") + b"{}", header(__metadata__={"arxla": "[1]"}),
        save({"a": numpy.array([numpy.nan], numpy.float32)}), save({"a::scale": numpy.ones(1, numpy.float32)}),
        save({"a": numpy.ones(1, numpy.float32)}, metadata={"arxla": '{"shared": {"b": "c"}}'}),
        save({"a": numpy.ones(1, numpy.float32)}, metadata={"arxla": '{"shared": ["b"]}'}),
    ],
)  # fmt: skip
def test_hostile_weights_are_refused(content, tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    if content == header():
        assert quantize_file(path, 8)[1] == 0
        return
    with pytest.raises(UntrustedFileError):
        quantize_file(path, 8)


def prepared(folder, X, y, task, split=60, **more):
    (folder / "hidden").mkdir()
    for part, rows in (("train", slice(0, split)), ("test", slice(split, None))):
        numpy.save(folder / f"X_{part}.npy", X[rows])
        numpy.save(folder / f"y_{part}.npy", y[rows])
    described = profile(task, 2 if task == "classification" else None, shape=X.shape, **more)
    data = PreparedData(
        folder=str(folder), profile=described, train_count=split, val_count=0, test_count=len(X) - split, normalizer="",
        content_hash="",
    )  # fmt: skip
    return data, y[split:]


def test_linear_baselines(tmp_path):
    random = numpy.random.default_rng(0)
    X = random.normal(size=(100, 4)).astype(numpy.float32)
    target = X @ numpy.array([1.0, -2.0, 0.5, 0.0], numpy.float32)
    (tmp_path / "c").mkdir(), (tmp_path / "r").mkdir()
    found = measure_baselines(*prepared(tmp_path / "c", X, (target > 0).astype(int), "classification"))
    assert found.scores["logistic regression"] > 0.85 > 0.7 > found.scores["majority class"] and found.notes == []
    found = measure_baselines(*prepared(tmp_path / "r", X, target, "regression"))
    assert found.scores["ridge regression"] > 0.98 and found.scores["mean"] <= 0


def test_wide_data_is_sampled_and_said(tmp_path):
    random = numpy.random.default_rng(0)
    X = random.normal(size=(100, 3, 1000)).astype(numpy.float32)
    found = measure_baselines(*prepared(tmp_path, X, numpy.arange(100) % 2, "classification"))
    assert found.notes == ["the linear baseline sees 2000 of 3000 features"]


def test_baselines_of_tokens(tmp_path):
    random = numpy.random.default_rng(0)
    y = numpy.arange(100) % 2
    X = random.integers(0, 50, size=(100, 12))
    X[:, 0] = y * 7
    (tmp_path / "c").mkdir(), (tmp_path / "l").mkdir()
    found = measure_baselines(*prepared(tmp_path / "c", X, y, "classification", is_text=True, vocabulary_size=50))
    assert found.scores["logistic regression"] > 0.8
    ramp = (random.integers(0, 50, (100, 1)) + numpy.arange(13)) % 50
    found = measure_baselines(
        *prepared(tmp_path / "l", ramp[:, :-1], ramp[:, 1:], "language_modeling", is_text=True, vocabulary_size=50)
    )
    assert -55 < found.scores["unigram"] < -40
    assert -1.3 < found.scores["bigram"] < -1.0
