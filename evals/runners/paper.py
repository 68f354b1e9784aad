"""Paper tasks: the fields of a task with a paper in, run.json out."""

from evals.runners.whole_run import opened

__all__ = ["opened"]
