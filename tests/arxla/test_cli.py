"""What the command says of itself before any work."""

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from arxla.cli import COMMANDS, app


def test_the_version_is_told() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert said.exit_code == 0
    assert said.output.strip() == f"arxla {version('arxla')}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_offers_what_is_its_own(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert "--install-completion" not in said.output
