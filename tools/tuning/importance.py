"""Which hyperparameters mattered, as far as a few trials can tell."""

from runtime.search_space import SearchSpace
from tools.results.record import TrialRecord
from tools.tuning.encoding import is_inside, to_unit

LEAST_TRIALS = 8
TREES = 200
REPEATS = 10


def importance(space: SearchSpace, trials: list[TrialRecord], seed: int) -> tuple[dict[str, float], str]:
    """Each parameter's share of the explained objective, and a sentence that says how far to trust it.

    Permutation importance (Breiman, "Random Forests", 2001) of a random forest over the completed trials: the loss of
    R2 when one parameter's values are shuffled, negative ones as 0, summing to 1. Empty below `LEAST_TRIALS` trials.
    """
    names = list(space)
    measured = [
        (to_unit(space, {name: trial.hyperparameters[name] for name in names}), trial.objective)
        for trial in trials
        if trial.state == "completed"
        and trial.objective is not None
        and is_inside(space, {name: trial.hyperparameters[name] for name in names if name in trial.hyperparameters})
    ]
    if len(measured) < LEAST_TRIALS or not names:
        return {}, f"Importance needs {LEAST_TRIALS} completed trials; there are {len(measured)}."
    points = [point for point, _ in measured]
    objectives = [objective for _, objective in measured]
    if max(objectives) == min(objectives):
        return {}, "All completed trials score the same, so no hyperparameter mattered."
    shares, out_of_bag = _forest_shares(points, objectives, seed)
    trust = "" if out_of_bag > 0 else ", so it explains nothing reliably"
    note = (
        f"Importance: permutation in a random forest over {len(measured)} completed trials "
        f"(out-of-bag R2 {out_of_bag:.2f}{trust})."
    )
    return dict(zip(names, shares, strict=True)), note


def _forest_shares(points: list[list[float]], objectives: list[float], seed: int) -> tuple[list[float], float]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    forest = RandomForestRegressor(n_estimators=TREES, oob_score=True, random_state=seed % 2**32, n_jobs=1)
    forest.fit(points, objectives)
    found = permutation_importance(forest, points, objectives, n_repeats=REPEATS, random_state=seed % 2**32, n_jobs=1)
    raw = [max(0.0, float(mean)) for mean in found.importances_mean]
    total = sum(raw) or 1.0
    return [round(value / total, 4) for value in raw], float(forest.oob_score_)
