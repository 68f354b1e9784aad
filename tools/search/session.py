"""The searches of one literature review: results numbered as they come, what was asked of whom, and who is down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from runtime.errors import InputError
from tools.search.errand import Errand
from tools.search.fields import plain
from tools.search.protocol import Found, SearchTool
from tools.search.references import short_id, title_key

PATIENCE_S = 60.0
LONGEST_QUERY = 300
PER_QUERY = 8
MOST_RESULTS = 60


def never_stop() -> None:
    """A `check` for callers that nobody stops."""


@dataclass(frozen=True)
class Numbered:
    """A result as a review cites it: [number]."""

    number: int
    found: Found


@dataclass
class SearchSession:
    """One review's searches, for one thread. A tool that was down once is not asked again.

    `check` is called while waiting, and may raise to stop it.
    """

    tools: Sequence[SearchTool]
    check: Callable[[], None] = never_stop
    patience_s: float = PATIENCE_S
    results: list[Numbered] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """One line a search: the tool, the query, and how many results it gave or why it gave none."""
    down: set[str] = field(default_factory=set)

    @property
    def up(self) -> list[SearchTool]:
        """The tools that may still be asked."""
        return [tool for tool in self.tools if tool.name not in self.down]

    def search_all(self, queries: Sequence[str], limit: int = PER_QUERY) -> list[Numbered]:
        """Ask every tool every query, the tools side by side; the best result of each answer is numbered first."""
        errands = [(tool, _searches(tool, queries, limit)) for tool in self.up]
        answers = [answer for tool, errand in errands for answer in self._hear(tool, queries, errand)]
        ranks = range(max((len(answer) for answer in answers), default=0))
        return self.add([answer[rank] for rank in ranks for answer in answers if rank < len(answer)])

    def search(self, tool_name: str, query: str, limit: int = PER_QUERY) -> list[Numbered]:
        """Ask one tool. Raises `InputError` for a tool that there is not or that is down."""
        tool = next((tool for tool in self.up if tool.name == tool_name), None)
        if tool is None:
            names = ", ".join(tool.name for tool in self.up) or "none is left"
            raise InputError(f"No search tool {plain(tool_name, 40)!r} can be asked; there are: {names}.")
        query = plain(query, LONGEST_QUERY)
        return self.add(
            [found for answer in self._hear(tool, [query], _searches(tool, [query], limit)) for found in answer]
        )

    def read(self, reference: str, words: str) -> str:
        """More of a result, named by its number, id or title. Raises `InputError` for one that was never found."""
        numbered = self.find(reference)
        if numbered is None:
            raise InputError(f"No search has found {plain(reference, 80)!r}; read a result by its number.")
        found = numbered.found
        tool = next((tool for tool in self.up if tool.name == found.tool), None)
        if tool is None:
            return found.abstract
        errand = Errand(tool.name, (asked.read(found, words) for asked in [tool]))
        texts = errand.answers(self.patience_s, self.check)
        return texts[0] if texts else found.abstract

    def add(self, found: Iterable[Found]) -> list[Numbered]:
        """Number results that are new; a known one keeps its number. What comes after the 60th is left out."""
        numbered = [item for one in found if (item := self._add(one)) is not None]
        return list({item.number: item for item in numbered}.values())

    def find(self, reference: str) -> Numbered | None:
        """The result of a number ("3", "[3]"), an id, an address, or a title."""
        text = reference.strip().strip("[]#").strip()
        if text.isascii() and text.isdigit():
            return next((item for item in self.results if item.number == int(text[:9])), None)
        return self._of_id(text) or self._titled(text)

    def _of_id(self, reference: str) -> Numbered | None:
        wanted = short_id(reference)
        same = (one for one in self.results if wanted in (short_id(one.found.id), short_id(one.found.url)))
        return next(same, None) if wanted else None

    def _titled(self, title: str) -> Numbered | None:
        wanted = title_key(title)
        return next((one for one in self.results if title_key(one.found.title) == wanted), None) if wanted else None

    def _add(self, found: Found) -> Numbered | None:
        known = self._of_id(found.id) or self._titled(found.title)
        if known is not None or len(self.results) >= MOST_RESULTS:
            return known
        self.results.append(Numbered(len(self.results) + 1, found))
        return self.results[-1]

    def _hear(self, tool: SearchTool, queries: Sequence[str], errand: Errand[list[Found]]) -> list[list[Found]]:
        """Wait for a tool's answers and note them."""
        answers = errand.answers(self.patience_s, self.check)
        for query, found in zip(queries, answers, strict=False):
            self.log.append(f"{tool.name}: {query!r}: {len(found)} result{'' if len(found) == 1 else 's'}")
        if errand.fault:
            self.down.add(tool.name)
            self.log.append(f"{tool.name}: not searched{' any further' if answers else ''}: {errand.fault}")
        return answers


def _searches(tool: SearchTool, queries: Sequence[str], limit: int) -> Errand[list[Found]]:
    return Errand(tool.name, (tool.search(query, limit) for query in queries))
