"""The corpus reaches its figures, and a sample of what is mended runs."""

import pytest

from evals.review import corpus, mended, run, score


def test_precision_and_recall() -> None:
    programs = corpus()
    assert sum(bool(p.expected) for p in programs) >= 60 and sum(not p.expected for p in programs) >= 30
    total = score(programs)
    assert total.precision >= 0.95 and total.recall >= 0.95


@pytest.mark.xla
@pytest.mark.parametrize("device", ["cpu", "xla"])
def test_a_sample_of_mended_programs_runs(device: str) -> None:
    wanted = {"plain_pytorch_loader", "layers_in_list"} if device == "cpu" else {"plain_pytorch_loader"}
    ready, _ = mended(p for p in corpus() if p.name in wanted)
    results = run(ready, device)
    assert {r["name"] for r in results if r["ok"]} == wanted, results
