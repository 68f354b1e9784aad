"""A literature review of a question or a dataset, with everything that a search gave beside it.

`given` has `question`, `dataset`, `goal`, and `papers`: files and folders, relative to `evals/` or to where one is,
that make up the index that is searched. Nothing but it is, unless `online` is true and no model's answers are replayed.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.contracts import ResearchRequest
from agents.registry import check_models, make_agents
from evals.contracts import Case, CaseSkipped, Place, Runner
from runtime.data_profile import DataProfile
from runtime.models.names import EXPERT
from runtime.models.usage import Ledger
from runtime.settings import Settings
from tools.datasets import loadable, prepare
from tools.papers.sources.adding import add_files
from tools.papers.sources.embedded import EmbeddedIndex
from tools.search import Found, SearchTool, own_tools, search_tools

EVALS = Path(__file__).parent.parent
ENDINGS = (".md", ".txt", ".pdf", ".tex")


class Watched:
    """A search tool that remembers what it gave."""

    def __init__(self, tool: SearchTool, found: list[Found]) -> None:
        self.name, self.description = tool.name, tool.description
        self._tool, self._found = tool, found

    def search(self, query: str, limit: int) -> list[Found]:
        results = self._tool.search(query, limit)
        self._found += results
        return results

    def read(self, found: Found, words: str) -> str:
        return self._tool.read(found, words)


@contextmanager
def opened(place: Place) -> Iterator[Runner]:
    """Each trial has an index of its own, gone with the suite."""
    with tempfile.TemporaryDirectory(prefix="arxla-literature-") as kept:

        def run(case: Case, seed: int, model: str) -> dict[str, Any]:
            scratch = Path(tempfile.mkdtemp(dir=kept))
            settings = place.settings_for(case, seed, model)
            online = case.given.get("online", False) and not settings.arxla_replay
            settings = settings.model_copy(update={"arxla_papers_dir": scratch / "index", "arxla_offline": not online})
            dataset = str(case.given.get("dataset") or "")
            task = settings.task(dataset=dataset or "synthetic", seed=seed, model=model)
            check_models(task, settings)
            papers = _papers(case.given.get("papers", []))
            if papers:
                list(add_files(EmbeddedIndex(scratch / "index"), papers))
            found: list[Found] = []
            tools = [] if not papers and settings.arxla_offline else _tools(settings, model)
            ledger = Ledger(scratch / "usage.json")
            search: list[SearchTool] = [Watched(tool, found) for tool in tools]
            agents = make_agents(task, settings, ledger, cancel=place.cancel, search=lambda: search)
            request = ResearchRequest(
                question=str(case.given.get("question", "")), goal=str(case.given.get("goal", "")),
                dataset_name=dataset, profile=_profile(dataset, scratch, settings) if dataset else None,
            )  # fmt: skip
            review = agents.researcher.research(request)
            return {
                "review": review.model_dump(mode="json"),
                "found": [one.model_dump(mode="json", include={"id", "title", "tool"}) for one in found],
                "tools": [tool.name for tool in tools],
                "expert": model == EXPERT,
                "usage": ledger.as_records(),
            }

        yield run


def _tools(settings: Settings, model: str) -> Sequence[SearchTool]:
    return own_tools(settings) if model == EXPERT else search_tools(settings)


def _papers(names: Sequence[str]) -> list[Path]:
    """Files, those of folders too. Raises `CaseSkipped` for one that is not there."""
    files: list[Path] = []
    for name in names:
        path = next((path for path in (EVALS / name, Path(name)) if path.exists()), None)
        if path is None:
            raise CaseSkipped(f"There are no papers {name}.")
        inside = sorted(one for one in path.iterdir() if one.suffix in ENDINGS) if path.is_dir() else [path]
        files += [one for one in inside if one.name != "README.md"]
    return files


def _profile(dataset: str, scratch: Path, settings: Settings) -> DataProfile:
    if missing := loadable(dataset, settings):
        raise CaseSkipped(missing)
    return prepare(dataset, scratch / "data", data_dir=settings.arxla_data_dir).profile
