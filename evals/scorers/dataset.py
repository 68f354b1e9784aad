"""What a run on a dataset is worth."""

from evals.scorers.whole_run import FIGURES, REQUIRED, SCORERS, alarms

__all__ = ["FIGURES", "REQUIRED", "SCORERS", "alarms"]
