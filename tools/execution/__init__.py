"""Runs training functions in a box, and believes only what was measured outside of it."""

from tools.execution.finalize import Finalized, FinalizeFailure, finalize
from tools.execution.training import TrainingRun, smoke_run, train

__all__ = ["FinalizeFailure", "Finalized", "TrainingRun", "finalize", "smoke_run", "train"]
