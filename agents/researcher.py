"""The researcher that a language model plays, from its own knowledge."""

import time

from agents.answers import read_literature
from agents.contracts import LiteratureReview, ResearchRequest
from agents.wording import render, sample_kind
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls


class ModelResearcher:
    """Reviews literature and says that nobody looked anything up."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def research(self, request: ResearchRequest) -> LiteratureReview:
        """Ask for a review; advice is all it is, so an unusable answer becomes an empty review that says so."""
        profile = request.profile
        kind = sample_kind(profile) if profile else ""
        prompt = render("researcher", profile=profile, kind=kind, goal=request.goal)
        model, now = self._calls.model("researcher"), int(time.time())
        source = f"own knowledge of {model}; nothing was searched, and the papers it names are unverified"

        def read(answer: str) -> LiteratureReview:
            return read_literature(answer, source, now)

        try:
            return self._calls.ask("researcher", prompt.system, prompt.request, read)
        except UnusableAnswer as error:
            nothing = f"none: {error}"
            subject = request.question or (profile.dataset_name if profile else "")
            return LiteratureReview(query=subject, review_text="", confidence=0, timestamp=now, source=nothing)
