"""Raw text as the token ids that a model of texts reads, with the tokenizer in `tokenizer.json`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from tools.datasets.tokenization import PADDING, encode_rows, encode_stream, open_tokenizer, windows
from tools.export.standalone.project import FOLDER, Project
from tools.export.standalone.scores import predict

WRITTEN = 40
"""Tokens that a language model adds to a text."""
TEMPERATURE = 0.7


def reads_text(project: Project) -> bool:
    """The model was made from text, so that raw text can be given to it."""
    return project.normalizer["kind"] in ("text", "corpus")


def encode(texts: Sequence[str], project: Project) -> NDArray[Any]:
    """Token ids (n, length)."""
    return encode_rows(_tokenizer(project), list(texts), project.normalizer["length"])


def read_text_file(path: Path, project: Project) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """A text file: each line is a text to classify; for a language model all of it is one text, in rows X and y."""
    content = path.read_text(encoding="utf-8", errors="replace")
    if project.normalizer["kind"] == "text":
        lines = [line for line in content.splitlines() if line.strip()]
        if not lines:
            raise SystemExit(f"{path} holds no text.")
        return encode(lines, project), None
    length = project.normalizer["length"]
    X, y = windows(encode_stream(_tokenizer(project), [content]), length)
    if not len(X):
        raise SystemExit(f"{path} is too short: a row takes {length + 1} tokens.")
    return X, y


def go_on(model: Any, text: str, project: Project) -> str:
    """`text` and what a language model writes after it, drawn from its answers with the project's seed."""
    tokenizer, length = _tokenizer(project), project.normalizer["length"]
    random = numpy.random.default_rng(project.seed)
    ids = [PADDING, *tokenizer.encode(text).ids]
    for _ in range(WRITTEN):
        window = ids[-length:]
        row = numpy.array([window + [PADDING] * (length - len(window))], dtype=numpy.int64)
        logits = predict(model, row, project.batch)[0, len(window) - 1].astype(numpy.float64) / TEMPERATURE
        logits[PADDING] = -numpy.inf
        shares = numpy.exp(logits - logits.max())
        ids.append(int(random.choice(len(shares), p=shares / shares.sum())))
    written: str = tokenizer.decode(ids[1:])
    return written


def _tokenizer(project: Project) -> Any:
    path = FOLDER / project.normalizer["tokenizer"]
    if not path.is_file():
        raise SystemExit(f"There is no {path.name}: this project can't read raw text without it.")
    try:
        return open_tokenizer(path)
    except ImportError:
        raise SystemExit("Raw text needs the package tokenizers: pip install -r requirements.txt") from None
