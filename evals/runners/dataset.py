"""Dataset tasks: the fields of a task in, run.json out."""

from evals.runners.whole_run import opened

__all__ = ["opened"]
