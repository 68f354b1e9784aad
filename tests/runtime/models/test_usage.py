"""The account of a run's calls."""

import json
import threading
from pathlib import Path

import pytest

from runtime.errors import BudgetExhausted, DiskFull, InputError
from runtime.models.names import ModelName
from runtime.models.usage import Budget, Ledger, UsageLine, price
from tools.results.record import Usage

CALL = UsageLine("coder", "openai:gpt-5", 1, 100, 50, 10, 0.5, 1.5)


def test_a_resumed_run_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "usage.json"
    Ledger(path).add(CALL)
    again = Ledger(path)
    again.add(CALL)
    assert (again.tokens, again.usd) == (300, 1.0)
    assert json.loads(path.read_text())["lines"][0]["calls"] == 2
    assert [Usage.model_validate(line).seconds for line in Ledger(path).as_records()] == [3.0]
    assert list(path.parent.iterdir()) == [path]


def test_an_unknown_price_stays_unknown() -> None:
    ledger = Ledger()
    ledger.add(CALL)
    ledger.add(UsageLine("coder", "openai:gpt-5", 1, 1, 1, 0, None, 0.1))
    assert ledger.as_records()[0]["usd"] is None
    assert price(ModelName("openai", "qwen-of-mine"), 10, 10) is None
    cheap, dear = price(ModelName("openai", "gpt-5"), 1000, 0, 1000), price(ModelName("openai", "gpt-5"), 1000, 0)
    assert cheap is not None and dear is not None and cheap < dear
    assert (price(ModelName("bedrock_converse", "anthropic.claude-3-haiku-20240307-v1:0"), 1000, 100) or 0) > 0


def test_calls_in_flight_can_not_overshoot_together() -> None:
    ledger, budget, refused = Ledger(), Budget(max_tokens=1000), []
    hold = threading.Event()

    def work() -> None:
        try:
            with ledger.reserve(budget, 400, None):
                hold.wait(5)
        except BudgetExhausted:
            refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    hold.set()
    for thread in threads:
        thread.join()
    assert ledger.tokens_left(budget) == 1000
    with ledger.reserve(budget, 600, None), pytest.raises(BudgetExhausted), ledger.reserve(budget, 600, None):
        pass


def test_a_broken_account_is_bad_input_and_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "usage.json"
    path.write_text("[{")
    with pytest.raises(InputError, match="can't be read"):
        Ledger(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskFull):
        Ledger(tmp_path / "file" / "usage.json").add(CALL)


def test_runs_that_share_an_account_share_its_bounds(tmp_path: Path) -> None:
    shared = Ledger(tmp_path / "all.json")
    first, second = Ledger(tmp_path / "a.json", shared=shared), Ledger(tmp_path / "b.json", shared=shared)
    budget = Budget(max_tokens=100)
    first.add(UsageLine("coder", "m", 1, 50, 10))
    assert second.tokens_left(budget) == 40
    with second.reserve(budget, 30, None), pytest.raises(BudgetExhausted), first.reserve(budget, 20, None):
        pass
    assert (first.tokens, second.tokens, shared.tokens) == (60, 0, 60)
    assert Ledger(tmp_path / "all.json").tokens == 60
