"""What the fields of a paper are usually called, and a search hit as a `Paper`. Every value is untrusted."""

import re
from datetime import UTC, datetime
from typing import Any

from tools.papers.paper import Paper
from tools.papers.sources.entries import LONGEST_ID, day_number

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("paper_id", "arxiv_id", "id"),
    "title": ("title", "paper_title", "name"),
    "authors": ("authors", "author", "creators"),
    "abstract": ("abstract", "summary", "description"),
    "published": ("published", "publication_date", "published_date", "date_published", "date", "created", "year"),
    "url": ("url", "link", "paper_url", "pdf_url"),
    "text": ("content", "full_text", "text", "body"),
    "s3_uri": ("s3_uri", "content_s3_uri", "s3_url"),
    "s3_bucket": ("s3_bucket", "bucket", "content_bucket"),
    "s3_key": ("s3_key", "content_key", "content_s3_key", "key"),
}
"""For each idea the names it goes by, the first one that holds something wins."""
PERSON = ("name", "full_name", "display_name", "author")
LONGEST = {"title": 1_000, "abstract": 50_000, "url": 2_000, "author": 200}
MOST_AUTHORS = 1_000
SPLIT_AUTHORS = re.compile(r"\s*;\s*|\s*,?\s+and\s+|\s*,\s+")
S3_URI = re.compile(r"s3://([^/\s]{1,255})/(.+)", re.DOTALL)
MILLISECONDS = 10**11
"""A number above this is milliseconds since 1970 (from 1973 on), not seconds."""


def field_called(name: str) -> str | None:
    """The idea behind a field's name; None for a stranger."""
    return next((field for field, names in NAMES.items() if name in names), None)


def value_of(source: dict[str, Any], field: str) -> Any:
    """The first value that is there under one of the field's names; None without one."""
    return next((source[name] for name in NAMES[field] if source.get(name) not in (None, "", [])), None)


def paper_of(hit: dict[str, Any], bucket: str | None) -> Paper:
    """A hit of OpenSearch as a `Paper`; `bucket` is where a key without a bucket lies."""
    source = hit.get("_source") or {}
    named = value_of(source, "id")
    # A number with a fraction has lost its digits: the arXiv id 1706.03760 would come back as 1706.0376.
    own = plain(named, LONGEST_ID) if isinstance(named, str | int) else ""
    return Paper(
        id=own or plain(hit["_id"], LONGEST_ID),
        source="opensearch",
        title=" ".join(plain(value_of(source, "title"), LONGEST["title"]).split()),
        authors=authors_of(value_of(source, "authors")),
        abstract=plain(value_of(source, "abstract"), LONGEST["abstract"]).strip(),
        published=published_of(value_of(source, "published")),
        url=plain(value_of(source, "url"), LONGEST["url"]),
        location=location_of(source, bucket),
    )


def plain(value: Any, longest: int) -> str:
    """A text as it is, the first of a list, or a number; anything else is empty. Never longer than `longest`."""
    if isinstance(value, list) and value:
        value = value[0]
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return text[:longest].encode("utf-8", "replace").decode()


def authors_of(value: Any) -> list[str]:
    """From a list of names, a list of objects with a name, or one string of names."""
    if isinstance(value, str):
        value = SPLIT_AUTHORS.split(value)
    people = value if isinstance(value, list) else [value]
    names = (plain(_name(person), LONGEST["author"]).strip() for person in people[:MOST_AUTHORS])
    return [name for name in names if name]


def published_of(value: Any) -> str:
    """An ISO 8601 date from a text that begins with one, a year, or a number of seconds or milliseconds since 1970."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 9999:
        try:
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC).date().isoformat()
        except (OverflowError, ValueError, OSError):
            return ""
    text = plain(value, 40)
    return text if day_number(text) is not None else ""


def location_of(source: dict[str, Any], bucket: str | None) -> str:
    """s3://bucket/key of the full text; s3:///key when nobody says the bucket; empty when the record names none."""
    key, uri = value_of(source, "s3_key"), value_of(source, "s3_uri")
    for candidate in (uri, key):
        if isinstance(candidate, str) and S3_URI.fullmatch(candidate):
            return plain(candidate, 2_000)
    if not isinstance(key, str):
        return ""
    named = value_of(source, "s3_bucket")
    return f"s3://{plain(named, 255) or bucket or ''}/{plain(key, 1_500)}"


def _name(person: Any) -> Any:
    if not isinstance(person, dict):
        return person
    whole = next((person[name] for name in PERSON if person.get(name)), None)
    parts = (person.get("first_name") or person.get("given"), person.get("last_name") or person.get("family"))
    return whole or " ".join(str(part) for part in parts if part)
