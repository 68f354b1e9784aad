"""Which papers a command line means."""

import json
from typing import Any

from runtime.errors import InputError
from runtime.settings import Settings
from tools.datasets.catalogue import known_datasets
from tools.papers.paper import Paper
from tools.papers.sources import PaperSelection, find_paper, select_papers

MAX_PAPERS = 5
KINDS = ("paper_id", "recent_days", "random", "query")


def choose_papers(settings: Settings, named: list[str], selection: dict[str, Any]) -> tuple[list[Paper], str]:
    """The papers that were named or selected, and how, in words. Raises `InputError` or `SourceUnavailable`."""
    kinds = [kind for kind in KINDS if kind in selection]
    if len(kinds) + bool(named) > 1:
        ways = [*(["papers by name"] if named else []), *(f"--{kind.replace('_', '-')}" for kind in kinds)]
        raise InputError(f"{' and '.join(ways)} can't be combined; choose papers in one way.")
    if named:
        return [_named(text, settings) for text in named], "named one by one"
    if not kinds:
        raise InputError("--max-papers and --source belong to --paper-id, --recent-days, --random or --query.")
    chosen = dict(selection)
    if "query" in chosen:
        chosen["query"] = _query(chosen["query"])
    chosen.setdefault("max_papers", MAX_PAPERS)
    papers = select_papers(PaperSelection.model_validate(chosen), settings)
    if not papers:
        raise InputError(f"No paper fits {_words(kinds[0], selection)}; widen it, or look with `arxla papers list`.")
    return papers, _words(kinds[0], selection)


def _named(text: str, settings: Settings) -> Paper:
    if text in {entry.name for entry in known_datasets()}:
        raise InputError(f"{text} is a dataset, not a paper: say `arxla run --dataset {text}`.")
    return find_paper(text, settings)[1]


def _query(text: str) -> dict[str, Any]:
    try:
        query = json.loads(text)
    except ValueError as error:
        raise InputError(
            f'--query is not JSON ({error}); say it like \'{{"match": {{"title": "ResNet"}}}}\'.'
        ) from None
    if not isinstance(query, dict):
        raise InputError('--query must be a JSON object, e.g. \'{"match": {"title": "ResNet"}}\'.')
    return query


def _words(kind: str, selection: dict[str, Any]) -> str:
    return {
        "paper_id": f"the id {selection.get('paper_id')}",
        "recent_days": f"of the last {selection.get('recent_days')} days",
        "random": "taken at random",
        "query": f"by the query {selection.get('query')}",
    }[kind]
