from graph.record import record_of
from runtime.models.usage import Ledger


def test_calls_side_by_side_count_once_in_the_model_time() -> None:
    clock = iter([0.0, 5.0])
    ledger = Ledger(now=lambda: next(clock))
    with ledger.in_flight(), ledger.in_flight():
        pass
    state = {"run_id": "r", "task": {"dataset": "wine"}, "started": "2026-11-20T10:00:00+00:00"}
    assert record_of(state, ledger).model_seconds == 5.0  # type: ignore[arg-type]
