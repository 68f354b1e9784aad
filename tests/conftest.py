"""What every test may count on: the local servers by name, and an XLA device that still works."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "servers"))


@pytest.fixture(scope="session", autouse=True)
def _xla_before_any_backward(request: pytest.FixtureRequest) -> None:
    """A CPU backward before the first XLA device breaks XLA's own backward for the rest of the process."""
    if any(item.get_closest_marker("xla_here") for item in request.session.items):
        os.environ.setdefault("PJRT_DEVICE", "CPU")
        import torch_xla

        torch_xla.device()
