"""When two ways of writing a reference mean the same work."""

import re
import unicodedata

PREFIX = re.compile(r"^(?:arxiv|openalex|index|opensearch|web|doi|id)\s*:\s*", re.IGNORECASE)
ADDRESS = re.compile(
    r"^(?:https?://)?(?:www\.|export\.|dx\.|api\.)?"
    r"(?:arxiv\.org/(?:abs|pdf|html)/|doi\.org/|openalex\.org/(?:works/)?)",
    re.IGNORECASE,
)
ARXIV_ID = re.compile(r"^([0-9]{4}\.[0-9]{4,5}|[a-z.\-]+/[0-9]{7})(?:v[0-9]+)?(?:\.pdf)?$")
ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.", re.IGNORECASE)
FEWEST_LETTERS = 8
"""Of a title that can be told from others."""


def short_id(reference: str) -> str:
    """An id without what names its place: "https://arxiv.org/abs/1706.03762v7" and "arXiv:1706.03762" are the same."""
    text = PREFIX.sub("", ADDRESS.sub("", PREFIX.sub("", reference.strip()))).strip().rstrip("/.").casefold()
    text = ARXIV_DOI.sub("", text)
    arxiv = ARXIV_ID.match(text)
    return arxiv[1] if arxiv else text


def title_key(title: str) -> str:
    """Letters and digits of a title alone; empty for one too short to tell works apart."""
    letters = "".join(character for character in unicodedata.normalize("NFKD", title).casefold() if character.isalnum())
    return letters if len(letters) >= FEWEST_LETTERS else ""
