"""Tokenizers trained on the train rows alone: byte-level BPE (Sennrich et al., 2016; Radford et al., 2019).

It knows no unknown characters, and the same texts give the same tokenizer; WordPiece's trainer (tokenizers 0.23) breaks
ties by chance, so that two preparations of the same data differed.

Texts to classify: lower case, markup taken out, punctuation apart, at most 4,096 tokens. Measured on IMDB (21,000 train
texts, logistic regression on token counts, 8,000 test texts): this 0.879, WordPiece 0.879, Unigram 0.877 (and 76 s to
train, not 6), BPE with punctuation attached 0.876, the same with capitals kept 0.875, of 2,048 tokens 0.862, of 8,192
0.881. An embedding of 8,192 tokens takes half of a 256 KB model; 4,096 loses 0.2 points.

A corpus for a language model: everything kept, so that nothing is lost and bits per byte can be said; at most 1,024
tokens, since a table in and a table out of 64 numbers a token are then half of a 256 KB model.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

TEXT_SIZES = (512, 1024, 2048, 4096)
CHARACTERS_A_TOKEN = 100
"""The vocabulary grows with the train texts up to its bound: a token should be seen more than once."""
CORPUS_SIZES = (512, 1024)
CORPUS_CHARACTERS_A_TOKEN = 250
MOST_CHARACTERS = 32 << 20
"""Of the train texts that a tokenizer is trained on, spread evenly over them."""
LONGEST_TEXT = 100_000


def vocabulary_size(characters: int, sizes: tuple[int, ...], characters_a_token: int) -> int:
    """The largest size that so many characters support."""
    return max([size for size in sizes if size * characters_a_token <= characters], default=sizes[0])


def train_text_tokenizer(texts: Sequence[str]) -> tuple[Any, int]:
    """A `tokenizers.Tokenizer` for texts to classify, and the bound of its ids."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    size = vocabulary_size(sum(map(len, texts)), TEXT_SIZES, CHARACTERS_A_TOKEN)
    tokenizer = Tokenizer(models.BPE())
    without_markup = normalizers.Replace(Regex(r"<[^<>]{1,100}>"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), without_markup, normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)]
    )
    return _train(tokenizer, texts, size, "[PAD]")


def train_corpus_tokenizer(documents: Sequence[str]) -> tuple[Any, int]:
    """A `tokenizers.Tokenizer` for running text, and the bound of its ids."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    size = vocabulary_size(sum(map(len, documents)), CORPUS_SIZES, CORPUS_CHARACTERS_A_TOKEN)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _train(tokenizer, documents, size, "<|endoftext|>")


def _train(tokenizer: Any, texts: Sequence[str], size: int, first: str) -> tuple[Any, int]:
    """Learn `size` tokens, of which `first` has the id 0."""
    from tokenizers import decoders, pre_tokenizers, trainers

    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[first], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_sample(texts), trainer)
    return tokenizer, size


def saved(tokenizer: Any) -> tuple[bytes, str]:
    """The content of `tokenizer.json` and its SHA-256."""
    content = tokenizer.to_str(pretty=False).encode()
    return content, hashlib.sha256(content).hexdigest()


def _sample(texts: Sequence[str]) -> Iterator[str]:
    """Every n-th text, so that all together stay below the bound."""
    total = sum(min(len(text), LONGEST_TEXT) for text in texts)
    for text in texts[:: max(1, -(-total // MOST_CHARACTERS))]:
        yield text[:LONGEST_TEXT]
