"""What model calls cost: tokens, money and seconds per agent, counted over a whole run, its resumptions included."""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runtime.errors import BudgetExhausted, DiskFull, InputError
from runtime.models.names import ModelName, is_local

REPLAYED = " (replayed)"
"""Stands after the name of a model whose answers come from a recording."""


@dataclass
class UsageLine:
    """The sum of one agent's calls to one model; `usd` is None when the model has no known price."""

    agent: str
    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens, those that the provider read from its cache."""
    usd: float | None = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Budget:
    """The most that model calls may take; None is no bound."""

    max_usd: float | None = None
    max_tokens: int | None = None
    max_seconds: float | None = None
    """Of model time: wall time during which at least one call is in flight (`Ledger.model_seconds`)."""

    @property
    def seconds_are_over(self) -> str:
        """What is said when they are."""
        return f"The {self.max_seconds or 0:g} s of model time of this run are over: raise --paper-seconds."


def price(name: ModelName, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float | None:
    """Dollars by genai-prices' bundled table (no network), or None when it does not know the model."""
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=cached_tokens)
    provider = "aws" if name.provider == "bedrock_converse" else "openai"
    try:
        return float(calc_price(usage, name.model, provider_id=provider).total_price)
    except LookupError:
        return None


def check_price(name: ModelName, base_url: str | None, budget: Budget) -> None:
    """Refuse a money bound that can't be kept: a hosted model whose price nobody knows. Raises `InputError`."""
    if budget.max_usd is not None and not is_local(base_url) and price(name, 1, 1) is None:
        raise InputError(f"--max-usd can't bound {name.short}, whose price is not known: use --max-tokens.")


class Ledger:
    """Thread-safe account of every call of a run, kept in a JSON file so that a resumed run goes on counting.

    One a file: two in one process would overwrite each other's lines.
    """

    def __init__(
        self, path: Path | None = None, now: Callable[[], float] = time.monotonic, shared: "Ledger | None" = None
    ) -> None:
        """Read what `path` holds, when it exists; None keeps the account in memory only. Raises `InputError`.

        A `shared` account counts the calls of several runs: tokens and money are bounded by their sum.
        """
        self._path, self._now, self._shared = path, now, shared
        self.name = path.absolute().parents[1].name if path is not None else uuid.uuid4().hex
        """Of the run, for what is kept of several runs together."""
        lines, self._model_seconds, self._taken = _load(path)
        self._lines = {(line.agent, line.model): line for line in lines}
        self._lock = threading.RLock()
        self._reserved_tokens = 0
        self._reserved_usd = 0.0
        self._in_flight = 0
        self._busy_since = 0.0
        self._said: set[str] = set()

    @property
    def tokens(self) -> int:
        """Input and output tokens so far."""
        with self._lock:
            return sum(line.input_tokens + line.output_tokens for line in self._lines.values())

    def tokens_of(self, agent: str) -> int:
        """Input and output tokens of one agent so far."""
        with self._lock:
            lines = (line for line in self._lines.values() if line.agent == agent)
            return sum(line.input_tokens + line.output_tokens for line in lines)

    @property
    def usd(self) -> float:
        """Dollars so far, over the calls whose price is known."""
        with self._lock:
            return sum(line.usd or 0.0 for line in self._lines.values())

    @property
    def model_seconds(self) -> float:
        """Wall time during which at least one call was in flight; calls side by side count once."""
        with self._lock:
            running = self._now() - self._busy_since if self._in_flight else 0.0
            return self._model_seconds + running

    @property
    def replayed(self) -> bool:
        """Whether an answer came from a recording."""
        with self._lock:
            return any(line.model.endswith(REPLAYED) for line in self._lines.values())

    def take(self, choose: Callable[[set[int]], int | None]) -> int | None:
        """Let `choose` pick one of a recording's answers, given those that this run has taken; None takes none."""
        with self._lock:
            place = choose(self._taken)
            if place is not None:
                self._taken.add(place)
                self._save()
            return place

    def tokens_left(self, budget: Budget) -> int | None:
        """What the token budget still allows, less what calls in flight have reserved; None without a bound."""
        if budget.max_tokens is None:
            return None
        if self._shared is not None:
            return self._shared.tokens_left(budget)
        with self._lock:
            return max(0, budget.max_tokens - self.tokens - self._reserved_tokens)

    def seconds_left(self, budget: Budget) -> float | None:
        """Model time that the budget still allows; None without a bound. Raises `BudgetExhausted` when it is over."""
        if budget.max_seconds is None:
            return None
        left = budget.max_seconds - self.model_seconds
        if left <= 0:
            raise BudgetExhausted(budget.seconds_are_over)
        return left

    def first_time(self, text: str) -> bool:
        """Whether this run has not said `text` yet; from now on it has."""
        with self._lock:
            known = text in self._said
            self._said.add(text)
            return not known

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count the time of a call as model time."""
        with self._lock:
            if self._in_flight == 0:
                self._busy_since = self._now()
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                if self._in_flight == 0:
                    self._model_seconds += self._now() - self._busy_since
                    self._save()

    @contextmanager
    def reserve(self, budget: Budget, tokens: int, usd: float | None) -> Iterator[None]:
        """Hold an estimate while a call runs, so that parallel calls can't overshoot together.

        Raises `BudgetExhausted` when the estimate does not fit into what is left.
        """
        if self._shared is not None:
            with self._shared.reserve(budget, tokens, usd):
                yield
            return
        dollars = usd or 0.0
        with self._lock:
            tokens_wanted = self.tokens + self._reserved_tokens + tokens
            usd_wanted = self.usd + self._reserved_usd + dollars
            if budget.max_tokens is not None and tokens_wanted > budget.max_tokens:
                raise BudgetExhausted(
                    f"The next model call needs about {tokens} tokens, and {self.tokens} of {budget.max_tokens} "
                    "are spent: raise --max-tokens."
                )
            if budget.max_usd is not None and usd_wanted > budget.max_usd:
                raise BudgetExhausted(
                    f"The next model call may cost ${dollars:.4f}, and ${self.usd:.4f} of ${budget.max_usd:.4f} "
                    "are spent: raise --max-usd."
                )
            self._reserved_tokens += tokens
            self._reserved_usd += dollars
        try:
            yield
        finally:
            with self._lock:
                self._reserved_tokens -= tokens
                self._reserved_usd -= dollars

    def add(self, call: UsageLine) -> None:
        """Count a call, failed attempts that were billed included."""
        with self._lock:
            line = self._lines.setdefault((call.agent, call.model), UsageLine(call.agent, call.model))
            line.calls += call.calls
            line.input_tokens += call.input_tokens
            line.output_tokens += call.output_tokens
            line.cached_tokens += call.cached_tokens
            line.usd = None if line.usd is None or call.usd is None else line.usd + call.usd
            line.seconds += call.seconds
            self._save()
        if self._shared is not None:
            self._shared.add(call)

    def as_records(self) -> list[dict[str, Any]]:
        """One JSON object for each agent and model, with the fields of `tools.results.record.Usage`."""
        with self._lock:
            return [asdict(line) for line in self._lines.values()]

    def totals(self) -> dict[str, Any]:
        """All calls so far: calls, tokens, usd (None when some have no known price) and model_seconds."""
        with self._lock:
            lines = list(self._lines.values())
            known = [line.usd for line in lines if line.usd is not None]
            return {
                "calls": sum(line.calls for line in lines),
                "tokens": self.tokens,
                "usd": round(sum(known), 6) if len(known) == len(lines) else None,
                "model_seconds": round(self.model_seconds, 3),
            }

    def _save(self) -> None:
        if self._path is not None:
            lines = [asdict(line) for line in self._lines.values()]
            account: dict[str, Any] = {"model_seconds": round(self.model_seconds, 3), "lines": lines}
            _save(self._path, account | ({"taken": sorted(self._taken)} if self._taken else {}))


def _load(path: Path | None) -> tuple[list[UsageLine], float, set[int]]:
    """The lines, the model seconds and what was replayed; an older run's file is a list of lines."""
    if path is None or not path.exists():
        return [], 0.0, set()
    try:
        account = json.loads(path.read_text())
        lines = account if isinstance(account, list) else account["lines"]
        seconds = 0.0 if isinstance(account, list) else float(account["model_seconds"])
        taken = set() if isinstance(account, list) else set(account.get("taken", []))
        return [UsageLine(**line) for line in lines], seconds, taken
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(f"The account {path} can't be read ({error}): restore it or delete it.") from error


def _save(path: Path, account: dict[str, Any]) -> None:
    """Replace the file in one step. Raises `DiskFull`."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(account, indent=1))
        fresh.replace(path)
    except OSError as error:
        raise DiskFull(f"The account of model calls can't be written to {path}: {error.strerror or error}.") from error
