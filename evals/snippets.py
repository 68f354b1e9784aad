"""Run every snippet of the README and of `docs/`, in order, in one scratch folder: `python -m evals.snippets [FILE…]`.

A block after `<!-- skip: reason -->` is not run, and the reason is printed; nor is one whose every line has run before.
The rest must exit with 0. What is made from the code (`docs/reference/`, `docs/rules.md`) has tests of its own.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"^(?:<!-- skip: (?P<reason>[^>]+) -->\n)?(?P<indent> *)```(?P<language>bash|python)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
TIMEOUT_S = 600
GENERATED = ("rules.md",)
ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Snippet(NamedTuple):
    language: str
    text: str
    reason: str | None
    """Why it is not run, if so."""


def snippets(markdown: str) -> list[Snippet]:
    """The bash and python blocks of a text, in order."""
    return [Snippet(m["language"], textwrap.dedent(m["text"]), m["reason"]) for m in BLOCK.finditer(markdown)]


def repeats(snippet: Snippet, ran: set[str]) -> bool:
    """Whether these are commands that have all run, as they stand, in an earlier snippet."""
    return snippet.language == "bash" and ran.issuperset(snippet.text.splitlines())


def run(snippet: Snippet, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one snippet as a reader would, with this environment's commands first on the path; what it left is ended."""
    command = ["bash", "-euc"] if snippet.language == "bash" else [sys.executable, "-c"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)  # until what is started can be ended
    with subprocess.Popen(
        [*command, snippet.text],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=partial(signal.pthread_sigmask, signal.SIG_SETMASK, held_back),
    ) as process:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
            out, err = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            err += f"\nlonger than {TIMEOUT_S} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def pages(names: list[str]) -> list[Path]:
    """The files to read: those that were named, else the README and every written page of `docs/`."""
    written = [path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in GENERATED]
    return [Path(name) for name in names] or [ROOT / "README.md", *written]


def main() -> int:
    """The number of snippets that failed."""
    failures = 0
    ran: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "evals").symlink_to(ROOT / "evals")  # a reader stands in the repository
        for page in pages(sys.argv[1:]):
            for snippet in snippets(page.read_text()):
                title = f"{page.name}: {snippet.text.strip().splitlines()[0][:80]}"
                if snippet.reason:
                    print(f"skipped ({snippet.reason}): {title}")
                    continue
                if repeats(snippet, ran):
                    print(f"ran before: {title}")
                    continue
                begun = time.monotonic()
                done = run(snippet, Path(folder))
                failures += done.returncode != 0
                ran.update(snippet.text.splitlines() if snippet.language == "bash" else ())
                word = "ok" if done.returncode == 0 else "FAILED"
                print(f"{word} in {time.monotonic() - begun:.0f} s: {title}", flush=True)
                if done.returncode:
                    print(done.stdout[-2000:], done.stderr[-4000:])
    return failures


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a snippet has a session of its own: it would go on
    sys.exit(min(main(), 1))
