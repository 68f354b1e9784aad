"""What a run on a dataset is worth."""

from evals.scorers.whole_run import SCORERS, alarms

__all__ = ["SCORERS", "alarms"]
