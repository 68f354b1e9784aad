"""What model calls cost: tokens, money and seconds per agent, counted over a whole run, its resumptions included."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runtime.errors import BudgetExhausted, DiskFull, InputError
from runtime.models.names import ModelName, is_local


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
    """Thread-safe account of every call of a run, kept in a JSON file so that a resumed run goes on counting."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what `path` holds, when it exists; None keeps the account in memory only. Raises `InputError`."""
        self._path = path
        self._lines = {(line.agent, line.model): line for line in _load(path)}
        self._lock = threading.Lock()
        self._reserved_tokens = 0
        self._reserved_usd = 0.0

    @property
    def tokens(self) -> int:
        """Input and output tokens so far."""
        return sum(line.input_tokens + line.output_tokens for line in self._lines.values())

    @property
    def usd(self) -> float:
        """Dollars so far, over the calls whose price is known."""
        return sum(line.usd or 0.0 for line in self._lines.values())

    def tokens_left(self, budget: Budget) -> int | None:
        """What the token budget still allows, less what calls in flight have reserved; None without a bound."""
        if budget.max_tokens is None:
            return None
        return max(0, budget.max_tokens - self.tokens - self._reserved_tokens)

    @contextmanager
    def reserve(self, budget: Budget, tokens: int, usd: float | None) -> Iterator[None]:
        """Hold an estimate while a call runs, so that parallel calls can't overshoot together.

        Raises `BudgetExhausted` when the estimate does not fit into what is left.
        """
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
            if self._path is not None:
                _save(self._path, [asdict(line) for line in self._lines.values()])

    def as_records(self) -> list[dict[str, Any]]:
        """One JSON object for each agent and model, with the fields of `tools.results.record.Usage`."""
        with self._lock:
            return [asdict(line) for line in self._lines.values()]


def _load(path: Path | None) -> list[UsageLine]:
    if path is None or not path.exists():
        return []
    try:
        return [UsageLine(**line) for line in json.loads(path.read_text())]
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"The account {path} can't be read ({error}): restore it or delete it.") from error


def _save(path: Path, lines: list[dict[str, Any]]) -> None:
    """Replace the file in one step. Raises `DiskFull`."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(lines, indent=1))
        fresh.replace(path)
    except OSError as error:
        raise DiskFull(f"The account of model calls can't be written to {path}: {error.strerror or error}.") from error
