"""The `arxla` command."""

import sys

import typer

from runtime.errors import ArxlaError, InputError

app = typer.Typer(
    name="arxla",
    help="From a dataset or a paper to reviewed, executed, tuned PyTorch/XLA code and a small measured model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def build_app() -> typer.Typer:
    """Register every command."""
    from arxla.commands import doctor, export, functions, resume, review, run, runs

    app.command("run")(run.run)
    app.command("resume")(resume.resume)
    app.command("review")(review.review)
    app.command("export")(export.export)
    app.command("doctor")(doctor.doctor)
    app.add_typer(runs.app, name="runs")
    app.add_typer(functions.app, name="functions")
    return app


def main() -> None:
    """Run the command; what arxla can name ends in one sentence, 2 for bad input and 1 for the rest."""
    try:
        build_app()()
    except ArxlaError as fault:
        print(f"arxla: {fault}", file=sys.stderr)
        sys.exit(2 if isinstance(fault, InputError) else 1)
