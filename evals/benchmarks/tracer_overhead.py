"""Tracers side by side: how many times longer a program takes under each, on three programs.

`python -m evals.benchmarks.tracer_overhead [--rounds N]`. Each measurement is a process of its own, tools take turns,
and the least processor time of all rounds counts: other programs on the machine add to wall time. What a tool does when
it ends belongs to it (MonkeyType writes its database then); starting Python and importing do not. All see the same
code: the programs and, in the third, networkx.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import CodeType
from typing import Any

from evals.benchmarks.tracer_programs import PROGRAMS, Program

ROUNDS = 5
TIMEOUT_S = 300


def _ours() -> AbstractContextManager[Any]:
    from runtime.compiler.tracer import RuntimeTracer

    return RuntimeTracer(folders=[Path(__file__).parent], include=["networkx"])


def _monkeytype() -> AbstractContextManager[Any]:
    import monkeytype
    from monkeytype.config import DefaultConfig
    from monkeytype.db.base import CallTraceStore
    from monkeytype.db.sqlite import SQLiteStore

    store: CallTraceStore = SQLiteStore.make_store(str(Path(tempfile.mkdtemp()) / "traces.db"))

    class Config(DefaultConfig):
        def trace_store(self) -> CallTraceStore:
            return store

        def code_filter(self) -> Callable[[CodeType], bool]:
            return _is_seen

    return monkeytype.trace(Config())


def _is_seen(code: CodeType) -> bool:
    return "tracer_programs" in code.co_filename or f"{os.sep}networkx{os.sep}" in code.co_filename


def _cprofile() -> AbstractContextManager[Any]:
    import cProfile

    return cProfile.Profile()


def _viztracer() -> AbstractContextManager[Any]:
    from viztracer import VizTracer

    @contextmanager
    def traced() -> Iterator[None]:
        tracer = VizTracer(verbose=0)
        tracer.start()
        yield
        tracer.stop()
        tracer.parse()

    return traced()


TOOLS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing": nullcontext,
    "RuntimeTracer": _ours,
    "MonkeyType": _monkeytype,
    "cProfile": _cprofile,
    "VizTracer": _viztracer,
}


def seconds(tool: str, program: Program) -> float:
    """Processor time of the program under a tool, in this process."""
    program()  # imports and caches
    watched = TOOLS[tool]()
    begun = time.process_time()
    with watched:
        program()
    return time.process_time() - begun


def measured(tool: str, program: str) -> float:
    """The same in a process of its own."""
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--one", tool, program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return float(done.stdout.split()[-1])


def table(least: dict[tuple[str, str], float]) -> list[str]:
    """One line a tool: how many times the plain program's time, and of MonkeyType's slowdown."""
    lines = [f"{'':16}" + "".join(f"{program:>22}" for program in PROGRAMS)]
    for tool in TOOLS:
        cells = []
        for program in PROGRAMS:
            times = least[tool, program] / least["nothing", program]
            share = least[tool, program] / least["MonkeyType", program]
            cells.append(f"{times:10.1f} × ({share:5.2f} M)")
        lines.append(f"{tool:16}" + "".join(f"{cell:>22}" for cell in cells))
    return lines


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "PROGRAM"), help="measure this alone")
    arguments = parser.parse_args()
    if arguments.one:
        print(seconds(arguments.one[0], PROGRAMS[arguments.one[1]]))
        return
    least: dict[tuple[str, str], float] = {}
    for _ in range(arguments.rounds):
        for program in PROGRAMS:
            for tool in TOOLS:
                took = measured(tool, program)
                least[tool, program] = min(took, least.get((tool, program), took))
    print(f"Times the plain program's, least of {arguments.rounds} rounds; (… M): share of MonkeyType's time")
    for line in table(least):
        print(line)


if __name__ == "__main__":
    main()
