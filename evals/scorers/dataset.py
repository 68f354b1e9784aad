"""What a run on a dataset is worth."""

from evals.scorers.whole_run import REQUIRED, SCORERS, alarms

__all__ = ["REQUIRED", "SCORERS", "alarms"]
