"""Run every snippet of the README, in order, in one scratch folder: `python -m evals.readme`.

A block after `<!-- skip: reason -->` is not run, and the reason is printed. The rest must exit with 0.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(?:<!-- skip: (?P<reason>[^>]+) -->\n)?```(?P<language>bash|python)\n(?P<text>.*?)```", re.DOTALL)
TIMEOUT_S = 600


class Snippet(NamedTuple):
    language: str
    text: str
    reason: str | None
    """Why it is not run, if so."""


def snippets(markdown: str) -> list[Snippet]:
    """The bash and python blocks of a text, in order."""
    return [Snippet(m["language"], m["text"], m["reason"]) for m in BLOCK.finditer(markdown)]


def run(snippet: Snippet, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one snippet as a reader would, with this environment's commands first on the path."""
    command = ["bash", "-euc"] if snippet.language == "bash" else [sys.executable, "-c"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        [*command, snippet.text],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def main() -> int:
    """The number of snippets that failed."""
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "evals").symlink_to(ROOT / "evals")  # a reader stands in the repository
        for snippet in snippets((ROOT / "README.md").read_text()):
            title = snippet.text.strip().splitlines()[0][:80]
            if snippet.reason:
                print(f"skipped ({snippet.reason}): {title}")
                continue
            done = run(snippet, Path(folder))
            failures += done.returncode != 0
            print(f"{'ok' if done.returncode == 0 else 'FAILED'}: {title}")
            if done.returncode:
                print(done.stdout[-2000:], done.stderr[-4000:])
    return failures


if __name__ == "__main__":
    sys.exit(min(main(), 1))
