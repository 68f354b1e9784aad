"""`arxla learn`: train the compiler's agents on what was traced and measured."""

from pathlib import Path
from typing import Annotated

import typer

from arxla.learning_loops import learn_loops
from arxla.learning_strategies import learn_strategy
from runtime.errors import InputError

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def learn() -> None:
    """Train the compiler's agents on what was traced and measured."""


@app.command("strategy")
def strategy(
    episodes: Annotated[int, typer.Option(min=1, help="Functions to try, again and again.")] = 40_000,
    table: Annotated[Path | None, typer.Option(help="What was measured. [default: the corpus's table]")] = None,
    learning_rate: Annotated[float, typer.Option(min=0.001, max=1.0)] = 0.1,
    discount_factor: Annotated[float, typer.Option(min=0.0, max=1.0)] = 0.9,
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Where the agent goes. [default: where `arxla compile` looks first]")
    ] = None,
) -> None:
    """Train the strategy agent on measured functions; forgets what it learned from use unless --out is given."""
    learn_strategy(episodes, table, learning_rate, discount_factor, seed, out)


@app.command("loops")
def loops(
    tables: Annotated[
        list[Path] | None,
        typer.Argument(help="What `python -m evals.compiler.loops` wrote. [default: those of this project]"),
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Loops to try, again and again.")] = 6_000,
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[Path, typer.Option(help="Where the agent goes.")] = Path("loop_agent.json"),
) -> None:
    """Train the agent that picks eager, torch.compile or XLA for a training loop."""
    learn_loops(list(tables or []), episodes, seed, out)


@app.command("types")
def types(
    profiles: Annotated[list[Path] | None, typer.Argument(help="What `arxla trace` wrote.")] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            help="Trace the corpus of well-known packages into this folder, and learn from that, from scratch."
        ),
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Forget what is known instead of tuning it further.")
    ] = False,
    hold_out: Annotated[
        list[str] | None, typer.Option(help="A package to try the engine on and not to learn from.")
    ] = None,
    classifier: Annotated[str, typer.Option(help="Or, to compare with: random_forest, gradient_boosting.")] = "network",
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Where the engine goes. [default: where `arxla compile` looks first]")
    ] = None,
) -> None:
    """Train the type-inference engine on profiles of programs whose source files are still there."""
    from arxla.learning_types import learn_types  # loads scikit-learn and torch, which --help should not wait for

    if not profiles and corpus is None:
        raise InputError("Name the profiles to learn from: arxla learn types training_data/*.json.")
    chosen, held = list(profiles or []), list(hold_out or [])
    if corpus is not None:
        from evals.compiler.type_corpus import HELD_OUT, trace_all

        trace_all(corpus)
        chosen += sorted(corpus.glob("*.json"))
        held += HELD_OUT
    learn_types(chosen, from_scratch or corpus is not None, held, classifier, seed, out)


@app.command("report")
def report(
    profiles: Annotated[list[Path] | None, typer.Argument(help="Profiles to try the engine on.")] = None,
) -> None:
    """Say what the type-inference engine was trained on and, given profiles, how often it is right there."""
    from arxla.learning_types import report_types

    report_types(list(profiles or []))
