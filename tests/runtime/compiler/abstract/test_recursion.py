"""A recursion needs no count of its depth nor checks of its sums where both are proven small."""

import pytest

from runtime.compiler.abstract.analyse import analyse
from runtime.compiler.abstract.recursion import countdown_of
from runtime.compiler.capture import loaded
from runtime.compiler.kinds import kind_from
from runtime.compiler.source import Source, source_of


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(n):\n    if n < 2:\n        return n\n    return f(n - 1) + f(n - 2)", ("n", 400)),
        ("def f(n):\n    if n <= -5:\n        return 1\n    return n + f(n - 1) - 3", ("n", 395)),
        ("def f(k, n):\n    if n < 1:\n        return 1\n    return f(k, n - 1) + f(k + 1, n - 2)", ("n", 399)),
        ("def f(n):\n    if n == 0:\n        return 1\n    return n + f(n - 1)", None),
        ("def f(n):\n    if n <= 0:\n        return 1\n    return 2 * f(n - 1) + 1", None),
        ("def f(n):\n    if n <= 0:\n        return 2000\n    return f(n - 1) + f(n - 1)", None),
        ("def f(n, k):\n    if n <= 0:\n        return k\n    return f(n - 1, k) + f(n - 1, k)", None),
        ("def f(m, n):\n    if m <= 1 or n <= 1:\n        return 1\n    return f(m - 1, n) + f(m, n - 1)", None),
        ("def f(n):\n    if n < 2:\n        return n\n    x = f(n - 1)\n    return x + f(n - 2)", None),
        ("def f(n):\n    if n < 2:\n        return n\n    n = 2 * n\n    return f(n - 1) + f(n - 2)", None),
        ("def f(n):\n    if n > 90:\n        return n\n    return f(n + 1) + f(n + 2)", None),
    ],
)
def test_only_what_counts_down_and_adds_up_is_proven(code, found):
    source = source_of(loaded(code))
    assert isinstance(source, Source)
    countdown = countdown_of(analyse(source, tuple(frozenset({kind_from("int")}) for _ in source.arguments)))
    assert (countdown and (countdown.argument, countdown.most)) == found
