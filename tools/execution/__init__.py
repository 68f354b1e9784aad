"""Runs training functions in a box, and believes only what was measured outside of it."""

from tools.execution.acceleration import accelerate
from tools.execution.finalize import Finalized, FinalizeFailure, finalize
from tools.execution.training import TrainingRun, smoke_run, train

__all__ = ["FinalizeFailure", "Finalized", "TrainingRun", "accelerate", "finalize", "smoke_run", "train"]
