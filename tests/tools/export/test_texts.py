"""Projects of text models read raw text."""

import numpy
import pytest
import torch

from tests.tools.export.test_standalone import make_project
from tools.datasets.tokenization import encode_rows, encode_stream
from tools.datasets.vocabulary import saved, train_corpus_tokenizer, train_text_tokenizer
from tools.export.standalone import texts
from tools.export.standalone.data import load_rows
from tools.export.standalone.scores import score, score_language_model

TEXTS = ["A great film, truly great.", "A dull film without any idea.", "Great fun from the first minute on."] * 30


@pytest.fixture
def reader(tmp_path, monkeypatch):
    tokenizer, size = train_text_tokenizer(TEXTS)
    (tmp_path / "tokenizer.json").write_bytes(saved(tokenizer)[0])
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    facts = {"kind": "text", "columns": ["title", "text"], "tokenizer": "tokenizer.json", "length": 8}
    return make_project(normalizer={**facts, "vocabulary_size": size}, input_shape=(8,)), tokenizer


@pytest.fixture
def writer(tmp_path, monkeypatch):
    tokenizer, size = train_corpus_tokenizer(TEXTS)
    (tmp_path / "tokenizer.json").write_bytes(saved(tokenizer)[0])
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    facts = {"kind": "corpus", "tokenizer": "tokenizer.json", "length": 8, "vocabulary_size": size}
    return make_project(task_type="language_modeling", normalizer=facts, input_shape=(8,)), tokenizer


def test_texts_come_from_lines_columns_and_arrays(reader, tmp_path):
    project, tokenizer = reader
    (tmp_path / "d.txt").write_text("A great film\n\nA dull film\n")
    expected = encode_rows(tokenizer, ["A great film", "A dull film"], 8)
    assert (load_rows(tmp_path / "d.txt", project)["all"][0] == expected).all()
    numpy.savez(tmp_path / "d.npz", X=numpy.array(["A great film", "A dull film"]))
    assert (load_rows(tmp_path / "d.npz", project)["all"][0] == expected).all()
    (tmp_path / "d.csv").write_text("title,text,y\nBest,A great film,cat\nWorst,A dull film,dog\n")
    X, y = load_rows(tmp_path / "d.csv", project)["all"]
    expected = encode_rows(tokenizer, ["Best\nA great film", "Worst\nA dull film"], 8)
    assert X.tolist() == expected.tolist()
    assert y.tolist() == [0, 1]
    (tmp_path / "e.csv").write_text("title,y\nBest,cat\n")
    with pytest.raises(SystemExit, match="lacks the column 'text'"):
        load_rows(tmp_path / "e.csv", project)


def test_running_text_becomes_rows_and_next_tokens(writer, tmp_path):
    project, tokenizer = writer
    (tmp_path / "d.txt").write_text(" ".join(TEXTS[:9]))
    X, y = load_rows(tmp_path / "d.txt", project)["all"]
    stream = encode_stream(tokenizer, [" ".join(TEXTS[:9])])
    assert X.reshape(-1).tolist() == stream[: X.size].tolist()
    assert y.reshape(-1).tolist() == stream[1 : X.size + 1].tolist()
    (tmp_path / "e.txt").write_text("A")
    with pytest.raises(SystemExit, match="too short"):
        load_rows(tmp_path / "e.txt", project)


def test_a_text_is_gone_on_with(writer):
    project, tokenizer = writer
    size = project.normalizer["vocabulary_size"]

    def parrot(rows):  # certain that the same token comes again
        return 50.0 * torch.nn.functional.one_hot(rows, size).float()

    written = texts.go_on(parrot, "A great film", project)
    last = tokenizer.decode([tokenizer.encode("A great film").ids[-1]])
    assert written == "A great film" + last * texts.WRITTEN


def test_perplexity_a_batch_at_a_time_is_that_of_all():
    torch.manual_seed(0)
    model = torch.nn.Embedding(11, 11)
    rows = numpy.random.default_rng(0).integers(0, 11, (10, 6))
    X, y = rows[:, :-1], rows[:, 1:]
    with torch.no_grad():
        outputs = model(torch.from_numpy(X)).numpy()
    whole = score(outputs[:, :-1], y[:, :-1], "language_modeling")[1]
    assert score_language_model(model, X, y, 4) == pytest.approx(whole)


def test_a_missing_tokenizer_is_named(reader, tmp_path):
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(SystemExit, match=r"no tokenizer\.json"):
        texts.encode(["A film"], reader[0])
