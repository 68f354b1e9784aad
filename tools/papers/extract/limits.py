"""How much one extraction may cost."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds of the child process that reads a hostile file."""

    memory_mb: int = 2048
    cpu_s: int = 300
    wall_s: float = 600.0
    output_mb: int = 512
    input_mb: int = 1024
