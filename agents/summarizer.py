"""The summarizer that a language model plays: from chunk summaries, in levels where they are many, to one brief."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from agents.brief_answers import read_brief
from agents.chunk_reader import CHARACTERS_A_TOKEN, LOCAL_SHARE, LOCAL_SIDE_BY_SIDE
from agents.contracts import BriefRequest
from agents.paper_answers import read_merge
from agents.wording import render, version_of
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls
from tools.papers.brief import ChunkSummary, PaperBrief
from tools.papers.summaries import best_criteria, join, main_settings

ROLE = "summarizer"
PROMPT_TOKENS = 1_500
LONGEST_REQUEST = 100_000
"""Characters of notes, settings and criteria together."""
SHORTEST_REQUEST = 6_000
NOTES_SHARE = 0.6
"""Of a request; the rest holds settings and criteria."""
CHARACTERS_A_LINE = 250
"""What a setting or a criterion takes, about."""
MOST_CANDIDATES = 60
MERGES_AT_ONCE = 8
MOST_CRITERIA = 25


class ModelSummarizer:
    """Merges neighbouring notes until they fit into one request, then asks for the brief.

    Criteria and settings are never reworded: the model picks from those that chunk readers could quote.
    """

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    @property
    def author(self) -> str:
        return self._calls.model(ROLE)

    @property
    def version(self) -> str:
        return f"{self.author} {version_of('merge')} {version_of('brief')}" if self._calls.lasting else ""

    def brief(self, request: BriefRequest) -> PaperBrief:
        """Raises `UnusableAnswer` and what else `ModelCalls.ask` raises."""
        room = self._room()
        warnings: list[str] = []
        notes = self._reduced(request, int(room * NOTES_SHARE), warnings)
        lines = min(MOST_CANDIDATES, max(8, int(room * (1 - NOTES_SHARE) / CHARACTERS_A_LINE / 2)))
        settings = main_settings(chain.from_iterable(s.hyperparameters for s in request.summaries), lines)
        criteria = best_criteria(chain.from_iterable(s.criteria for s in request.summaries), lines)
        limit = int(room * NOTES_SHARE) // max(1, len(notes))
        prompt = render(
            "brief",
            title=request.title,
            abstract=request.abstract,
            notes=[notes_as_text(note, limit) for note in notes],
            limit=limit,
            settings=settings,
            criteria=criteria,
            most=MOST_CRITERIA,
        )

        def read(answer: str) -> PaperBrief:
            return read_brief(answer, request, settings, criteria, MOST_CRITERIA)

        if not criteria:
            warnings.append("No criterion came with a quotation that stands in the paper, so the checklist is empty.")
        brief = self._calls.ask(ROLE, prompt.system, prompt.request, read)
        dropped = sum(summary.dropped_quotations for summary in request.summaries)
        changes = {"generated_by": self.author, "dropped_quotations": dropped + brief.dropped_quotations}
        return brief.model_copy(update=changes | {"warnings": [*brief.warnings, *warnings]})

    def _room(self) -> int:
        """Characters of one request's changing part."""
        window, local = self._calls.window(ROLE), self._calls.is_local(ROLE)
        tokens = window * LOCAL_SHARE if local else window - PROMPT_TOKENS
        return max(SHORTEST_REQUEST, min(int(tokens * CHARACTERS_A_TOKEN), LONGEST_REQUEST))

    def _reduced(self, request: BriefRequest, limit: int, warnings: list[str]) -> Sequence[ChunkSummary]:
        """Notes that fit into `limit` characters together; every level at least halves their number."""
        notes: Sequence[ChunkSummary] = request.summaries
        workers = LOCAL_SIDE_BY_SIDE if self._calls.is_local(ROLE) else MERGES_AT_ONCE
        with ThreadPoolExecutor(workers, thread_name_prefix="merge") as pool:
            while len(groups := list(_packed(notes, limit))) > 1:
                merged = pool.map(lambda group: self._merge(request.title, group, limit, warnings), groups)
                notes = list(merged)
        return notes

    def _merge(self, title: str, group: list[ChunkSummary], limit: int, warnings: list[str]) -> ChunkSummary:
        """One summary of a group; unusable answers leave it joined by rule, said in a warning."""
        if len(group) == 1:
            return group[0]
        share = limit // len(group)
        prompt = render("merge", title=title, notes=[notes_as_text(note, limit) for note in group], limit=limit)

        def read(answer: str) -> ChunkSummary:
            return read_merge(answer, group[0], self.author)

        try:
            key = f"chunks {group[0].chunk} to {group[-1].chunk}"
            return self._calls.ask(ROLE, prompt.system, prompt.request, read, key=key)
        except UnusableAnswer as fault:
            place = f"chunks {group[0].chunk} to {group[-1].chunk}"
            warnings.append(f"The notes on {place} were joined and cut, not merged by the model: {fault}")
            return join([note.model_copy(update={"summary": note.summary[:share]}) for note in group])


def _packed(notes: Sequence[ChunkSummary], limit: int) -> Iterator[list[ChunkSummary]]:
    """Neighbours in groups of two or more, as many as fit; one may be left over at the end."""
    group: list[ChunkSummary] = []
    used = 0
    for note in notes:
        size = min(len(notes_as_text(note, limit)), limit // 2)
        if len(group) > 1 and used + size > limit:
            yield group
            group, used = [], 0
        group.append(note)
        used += size
    yield group


def notes_as_text(summary: ChunkSummary, limit: int) -> str:
    """A summary as it stands in a request: what code needs most comes first, for it is cut at the end."""
    head = f"[chunk {summary.chunk}{', ' + summary.section if summary.section else ''}]"
    rows = [f"{row.component}: {row.details}" for row in summary.architecture]
    lists = {"equations": summary.equations, "algorithm": summary.algorithm, "architecture": rows}
    lists["datasets"] = summary.datasets
    parts = [f"{head} {summary.summary}"]
    parts += [f"{name}: {' | '.join(lines)}" for name, lines in lists.items() if lines]
    texts = {"training": summary.training_recipe, "evaluation": summary.evaluation}
    parts += [f"{name}: {text}" for name, text in texts.items() if text]
    return "\n".join(parts)[:limit]
