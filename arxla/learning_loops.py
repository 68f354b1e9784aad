"""`arxla learn loops`: train the agent that picks eager, torch.compile or XLA, and try it on loops held out."""

from pathlib import Path

from arxla.written import writable
from evals.benchmarks.training_loops import STEPS, judge
from runtime.compiler.reward import NEAR
from runtime.compiler.training_loops import LoopAgent, LoopTable, train
from runtime.errors import InputError

TABLES = Path(__file__).parents[1] / "evals" / "compiler"


def learn_loops(paths: list[Path], episodes: int, seed: int, out: Path) -> None:
    """Raises `InputError` when there is no table, or what should be one is none."""
    found = paths or sorted(TABLES.glob("loops_*.json"))
    if not found:
        raise InputError("No training loops were measured yet: python -m evals.compiler.loops.")
    tables = [LoopTable.load(path) for path in found]
    writable(out)
    agent = LoopAgent(seed=seed)
    train(agent, tables, episodes, seed)
    agent.save_model(out)
    for table in tables:
        row = judge(table, False, episodes, seed)["agent"].row()
        print(f"Learned from {len(table.loops)} loops on {table.machine}. Each held out in turn, {STEPS} steps:")
        print(f"  {row['near_best']:.0%} of its choices are within {NEAR - 1:.0%} of the best;")
        print(f"  of what the best save over always eager it saves {row['of_gain_over_eager']:.0%},")
        print(f"  over always XLA {row['of_gain_over_xla']:.0%}.")
    print(f"Saved as {out}.")
