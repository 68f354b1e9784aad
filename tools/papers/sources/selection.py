"""Which papers a user means."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.errors import InputError
from runtime.settings import Settings
from tools.papers.paper import Paper
from tools.papers.sources.finding import find_paper, open_source

SourceName = Literal["auto", "index", "opensearch"]
MOST_DAYS = 36_500


class PaperSelection(BaseModel):
    """One of an id, the recent ones, random ones, or a query; `max_papers` bounds the last three."""

    model_config = ConfigDict(extra="forbid")

    paper_id: str | None = Field(None, min_length=1, description="One paper, by its id.")
    recent_days: int | None = Field(None, ge=1, le=MOST_DAYS, description="Papers of the last days, newest first.")
    random: bool = Field(False, description="Papers drawn at random by the seed.")
    query: dict[str, Any] | None = Field(None, description="A query in OpenSearch's JSON, best first.")
    max_papers: int = Field(5, ge=1, le=1_000_000, description="How many papers at most.")
    seed: int = Field(0, ge=0, lt=2**31, description="Of the random draw.")
    source: SourceName = Field("auto", description="auto is OpenSearch when OPENSEARCH_URL is set, else the index.")

    @field_validator("query", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise ValueError(f"not JSON ({error})") from None

    @field_validator("query")
    @classmethod
    def _inner(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """A whole search body that holds nothing but the query is taken for the query."""
        inner = value.get("query") if value is not None and len(value) == 1 else None
        return inner if isinstance(inner, dict) else value

    @model_validator(mode="after")
    def _one_way(self) -> "PaperSelection":
        ways = [self.paper_id is not None, self.recent_days is not None, self.random, self.query is not None]
        if sum(ways) != 1:
            raise ValueError("choose exactly one of --paper-id, --recent-days, --random and --query")
        return self

    @classmethod
    def asked(cls, **options: Any) -> "PaperSelection":
        """From options where None is "not given". Raises `InputError` in one sentence."""
        try:
            return cls.model_validate({name: value for name, value in options.items() if value is not None})
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            name = f"--{str(fault['loc'][0]).replace('_', '-')}: " if fault["loc"] else ""
            reason = fault["msg"].removeprefix("Value error, ")
            raise InputError(f"{name}{reason[0].lower() if name else reason[0].upper()}{reason[1:]}.") from None


def select_papers(selection: PaperSelection, settings: Settings) -> list[Paper]:
    """The papers of a selection. Raises `InputError` when there is none, `SourceUnavailable`."""
    name = selection.source
    if name == "auto":
        name = "opensearch" if settings.opensearch_url else "index"
    if selection.paper_id is not None:
        reference = selection.paper_id if selection.source == "auto" else f"{name}:{selection.paper_id}"
        return [find_paper(reference, settings, paths=False)[1]]
    source = open_source(name, settings)
    if selection.recent_days is not None:
        what = f"of the last {selection.recent_days} days"
        found = source.recent(selection.recent_days, selection.max_papers)
    elif selection.query is not None:
        what = "that matches the query"
        found = source.query(selection.query, selection.max_papers)
    else:
        what = "at all"
        found = source.random(selection.max_papers, selection.seed)
    if not found:
        place = "the index; `arxla papers add PATH` fills it" if name == "index" else "OpenSearch"
        raise InputError(f"There is no paper {what} in {place}.")
    return found
