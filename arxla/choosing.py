"""Which papers a command line means."""

from typing import Any

from runtime.errors import InputError
from runtime.settings import Settings
from tools.datasets.catalogue import known_datasets
from tools.papers.paper import Paper
from tools.papers.sources import PaperSelection, find_paper, select_papers

WAYS = {
    "paper_id": "the id {}",
    "recent_days": "of the last {} days",
    "random": "taken at random",
    "query": "by the query {}",
}


def choose_papers(settings: Settings, named: list[str], selection: dict[str, Any]) -> tuple[list[Paper], str]:
    """The papers that were named or selected, and how, in words. Raises `InputError` or `SourceUnavailable`."""
    way = next((way for way in WAYS if way in selection), None)
    if named and way:
        raise InputError(f"Papers by name and --{way.replace('_', '-')} can't be combined; choose papers in one way.")
    if named:
        return [_named(text, settings) for text in named], "named one by one"
    if way is None:
        raise InputError("--max-papers and --source belong to --paper-id, --recent-days, --random or --query.")
    papers = select_papers(PaperSelection.asked(**selection), settings)
    return papers, WAYS[way].format(selection[way])


def _named(text: str, settings: Settings) -> Paper:
    if text in {entry.name for entry in known_datasets()}:
        raise InputError(f"{text} is a dataset, not a paper: say `arxla run --dataset {text}`.")
    return find_paper(text, settings)[1]
