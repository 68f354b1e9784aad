"""What a study found, said honestly."""

from runtime.search_space import SearchSpace
from tools.results.record import TrialRecord, TuningRecord
from tools.tuning.importance import importance
from tools.tuning.objective import meets_limit
from tools.tuning.state import StudyState


def best_trial(trials: list[TrialRecord], limit_kb: float | None) -> TrialRecord | None:
    """The completed trial of the highest objective among those whose model meets the limit; the first of equals."""
    eligible = [
        trial
        for trial in trials
        if trial.state == "completed" and trial.objective is not None and meets_limit(trial.model_kb, limit_kb)
    ]
    return max(eligible, key=lambda trial: trial.objective or 0.0, default=None)


def summarize(
    state: StudyState, free: SearchSpace, tuner: str, seed: int, limit_kb: float | None, notes: list[str]
) -> TuningRecord:
    """The record of a study, trials in the order of their index."""
    trials = sorted(state.trials, key=lambda trial: trial.index)
    best = best_trial(trials, limit_kb)
    shares, trust = importance(free, trials, seed)
    sentences = [*notes]
    if best is None and trials:
        completed = sum(trial.state == "completed" for trial in trials)
        under = "" if limit_kb is None else f", none under {limit_kb:g} KB"
        sentences.append(f"No trial can be chosen: {completed} of {len(trials)} completed{under}.")
    sentences.append(trust)
    return TuningRecord(
        tuner=tuner,
        trials=trials,
        best_index=best.index if best else None,
        importance=shares,
        note=" ".join(sentences),
    )
