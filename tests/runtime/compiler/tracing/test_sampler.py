"""What the sampler keeps of a program that runs for hours."""

import pytest

from runtime.compiler.tracing import sampler
from runtime.compiler.tracing.building import Seen, build
from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.records import Calls, Function
from runtime.compiler.tracing.scope import Scope


def test_the_lightest_samples_go_and_shares_stay_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "MOST_KINDS", 10)
    kept = sampler.Sampler(Functions(Scope()))
    function = Function(test_the_lightest_samples_go_and_shares_stay_right.__code__, "here")
    kept.seen[(function, 1),] = 8
    for line in range(2, 18):
        kept.seen[(function, line),] += 1
        kept._let_go_if_many()
    assert len(kept.seen) <= 10 and kept.seen.total() == 24
    record = Calls(function)
    record.calls = 1
    (path,) = build(Seen("here", 1.0, [record], kept.seen)).hot_paths
    assert path.functions == [function.name] and 8 / 24 <= path.share < 1
