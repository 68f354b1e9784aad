"""`arxla learn`: train the compiler's agents on what was traced and measured."""

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def learn() -> None:
    """Train the compiler's agents on what was traced and measured."""
