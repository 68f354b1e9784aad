"""How the cases of each kind of suite are tried: one module a kind, loaded when a suite of that kind runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from evals.contracts import Place, Runner, SuiteKind


@contextmanager
def open_runner(kind: SuiteKind, place: Place) -> Iterator[Runner]:
    """The runner of a kind: its module's `run`, or what its `opened(place)` gives for as long as the suite runs."""
    module = import_module(f"evals.runners.{kind}")
    if hasattr(module, "opened"):
        with module.opened(place) as runner:
            yield runner
    else:
        yield module.run
