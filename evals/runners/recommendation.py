"""Which available dataset is recommended for a phrase or a paper, with a model's advice or the expert's.

The brief that the advice is given on is read by rule in either case, so that only the advice differs.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.registry import check_models, make_agents
from evals import recommendation
from evals.contracts import Case, CaseSkipped, Place, Runner
from evals.recommendation import decide, load_table, text_of_paper
from runtime.models.usage import Ledger


def cases() -> list[Case]:
    """A case a line of the table, for `cases_from` of a suite."""
    table = load_table()
    phrases = [
        Case(
            id=f"phrase-{number:02}",
            given={"text": line["text"]},
            expected={"accept": line["accept"]},
            tags=["held out" if line.get("held_out") else "phrases"],
        )
        for number, line in enumerate(table["phrases"], start=1)
    ]
    papers = [
        Case(id=line["file"], given={"file": line["file"]}, expected={"accept": line["accept"]}, tags=["papers"])
        for line in table["papers"]
    ]
    return [*phrases, *papers]


@contextmanager
def opened(place: Place) -> Iterator[Runner]:
    """Texts lie in a folder that is gone with the suite; `given.papers` is the folder of the papers."""
    with tempfile.TemporaryDirectory(prefix="arxla-recommend-") as kept:

        def run(case: Case, seed: int, model: str) -> dict[str, Any]:
            settings = place.settings_for(case, seed, model)
            task = settings.task(dataset="synthetic", seed=seed, model=model)
            check_models(task, settings)
            scratch = Path(tempfile.mkdtemp(dir=kept))
            ledger = Ledger(scratch / "usage.json")
            researcher = make_agents(task, settings, ledger, cancel=place.cancel, search=tuple).researcher
            result = decide(_line(case, scratch), researcher)
            shutil.rmtree(scratch)
            by_patterns, recommended = result.recommended
            return {"recommended": recommended, "by_patterns": by_patterns, "usage": ledger.as_records()}

        yield run


def _line(case: Case, scratch: Path) -> recommendation.Case:
    accepted = tuple(case.expected["accept"])
    if text := case.given.get("text"):
        place = scratch / "phrase.txt"
        place.write_text(str(text), encoding="utf-8")
        return recommendation.Case(str(text), "phrases", place, "", "", accepted)
    folder = Path(str(case.given.get("papers") or "papers"))
    file = folder / str(case.given["file"])
    if not file.exists():
        raise CaseSkipped(f"There is no paper {file}: name the folder of the papers as `papers` under the defaults.")
    return text_of_paper(file, scratch, accepted)
