"""`arxla learn loops`: train the agent that picks eager, torch.compile or XLA, and try it on loops held out."""

from pathlib import Path

from arxla.written import writable
from runtime.compiler.reward import NEAR
from runtime.compiler.training_loops import LoopAgent, LoopCharacteristics, LoopStrategy, LoopTable, MeasuredLoop, train
from runtime.errors import InputError

TABLES = Path(__file__).parents[1] / "evals" / "compiler"
STEPS = (100, 1_000, 10_000, 100_000)


def learn_loops(paths: list[Path], episodes: int, seed: int, out: Path) -> None:
    """Raises `InputError` when there is no table, or what should be one is none."""
    found = paths or sorted(TABLES.glob("loops_*.json"))
    if not found:
        raise InputError("No training loops were measured yet: python evals/compiler/loops.py > loops_cpu.json.")
    tables = [LoopTable.load(path) for path in found]
    writable(out)
    agent = LoopAgent(seed=seed)
    train(agent, tables, episodes, seed)
    agent.save_model(out)
    for table in tables:
        print(f"Learned from {len(table.loops)} loops on {table.machine}.")
    near, gained, possible = held_out(tables, episodes, seed)
    print(
        f"Each loop held out in turn, {STEPS} steps: {near:.0%} of its choices are within {NEAR - 1:.0%} of the best;"
    )
    print(f"{gained:.0f} s saved of {possible:.0f} s that the best choices would save over eager.")
    print(f"Saved as {out}.")


def held_out(tables: list[LoopTable], episodes: int, seed: int) -> tuple[float, float, float]:
    """Share near the best, seconds saved, seconds that could be: each loop decided by an agent that never saw it."""
    near: list[bool] = []
    gained = possible = 0.0
    for table in tables:
        for row in table.loops:
            agent = LoopAgent(seed=seed)
            others = [t.model_copy(update={"loops": [r for r in t.loops if r is not row]}) for t in tables]
            train(agent, others, episodes, seed)
            for steps in STEPS:
                times = _times(row, steps)
                if LoopStrategy.EAGER not in times:
                    continue
                seen = LoopCharacteristics(row.network, row.parameters, row.batch, steps, table.device)
                missing = tuple(strategy for strategy in LoopStrategy if strategy not in times)
                taken, best = times[agent.decide_strategy(seen, missing).strategy], min(times.values())
                near.append(taken <= NEAR * best)
                gained += times[LoopStrategy.EAGER] - taken
                possible += times[LoopStrategy.EAGER] - best
    return sum(near) / max(len(near), 1), gained, possible


def _times(row: MeasuredLoop, steps: int) -> dict[LoopStrategy, float]:
    found = {strategy: row.seconds(strategy, steps) for strategy in row.choices}
    return {strategy: seconds for strategy, seconds in found.items() if seconds is not None}
