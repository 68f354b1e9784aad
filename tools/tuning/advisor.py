"""The tuner on a thread of its own, one suggestion ahead of the trials, its points made feasible and new."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from runtime.search_space import Hyperparameters, SearchSpace
from tools.tuning.encoding import same_point
from tools.tuning.protocol import Suggestion, Tuner, TunerError
from tools.tuning.random_tuner import SobolDesign

REPEATS_ALLOWED = 5
"""Known points that a tuner may suggest in a row before a random new one is taken."""
DRAWS = 256
"""Random draws before the space counts as used up."""

Project = Callable[[Hyperparameters], tuple[Hyperparameters, list[str]]]
"""Values made to satisfy the space and every constraint, and what was changed, in words."""


@dataclass(frozen=True)
class Proposal:
    """Complete values to run, fixed ones included. `suggestion` is None for a random point."""

    hyperparameters: Hyperparameters
    suggestion: Suggestion | None
    changes: list[str] = field(default_factory=list)


class Advisor:
    """Owns all calls of a tuner. What has been learnt is told with the next question, so telling never waits."""

    def __init__(self, tuner: Tuner, free: SearchSpace, fixed: Hyperparameters, project: Project, seed: int) -> None:
        self._tuner = tuner
        self._free = free
        self._fixed = fixed
        self.project = project
        self._spare = SobolDesign(free, seed + 1)
        self._seen: set[str] = set()
        self._news: list[Callable[[], None]] = []
        self._broken = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tuner")
        self._repeats = 0

    def ask(self) -> "Future[Proposal | None]":
        """Begin to compute the next new point; None when the space is used up."""
        news, self._news = self._news, []
        return self._thread.submit(self._propose, news)

    def known(self, hyperparameters: Hyperparameters) -> None:
        """These values are being run or were: never propose them."""
        self._seen.add(same_point(hyperparameters))

    def is_known(self, hyperparameters: Hyperparameters) -> bool:
        return same_point(hyperparameters) in self._seen

    def learn(
        self, proposal: Proposal | None, used: Hyperparameters, objective: float | None, size_kb: float | None
    ) -> None:
        """Trial's end: the values that really ran, their objective (None: they failed)."""
        self.known(used)
        values = {name: used[name] for name in self._free}
        suggestion = proposal.suggestion if proposal else None
        if suggestion is None:
            self._news.append(lambda: self._tuner.attach(values, objective, size_kb))
        elif suggestion.hyperparameters == values:
            self._news.append(lambda: self._answer(suggestion.index, objective, size_kb))
        else:
            self._news.append(lambda: self._tuner.abandon(suggestion.index, "other values ran"))
            self._news.append(lambda: self._tuner.attach(values, objective, size_kb))

    def notes(self) -> list[str]:
        """What a reader of the record should know of the suggestions, in sentences."""
        sentences = []
        if self._repeats:
            sentences.append(f"{self._repeats} suggestions were already measured and not run again.")
        if self._broken:
            sentences.append(f"The tuner gave up ({self._broken}); the later points were drawn at random.")
        return sentences

    def close(self) -> None:
        """Stop asking; a question under way ends with the tuner's `close`."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _answer(self, index: int, objective: float | None, size_kb: float | None) -> None:
        if objective is None:
            self._tuner.abandon(index, "the trial failed")
        else:
            self._tuner.tell(index, objective, size_kb)

    def _propose(self, news: list[Callable[[], None]]) -> Proposal | None:
        for tell in news:
            tell()
        try:
            for _ in range(0 if self._broken else REPEATS_ALLOWED):
                suggestion = self._tuner.ask()
                values, changes = self.project({**suggestion.hyperparameters, **self._fixed})
                if not self.is_known(values):
                    self.known(values)
                    return Proposal(values, suggestion, changes)
                self._repeats += 1
                self._tuner.abandon(suggestion.index, "already measured")
        except TunerError as error:
            self._broken = str(error)
        return self._random_proposal()

    def _random_proposal(self) -> Proposal | None:
        for _ in range(DRAWS):
            values, changes = self.project({**self._spare.draw(), **self._fixed})
            if not self.is_known(values):
                self.known(values)
                return Proposal(values, None, changes)
        return None
