"""An installed arxla has what the repository has: prompts, templates, static files, suites, corpora."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("agents", "arxla", "evals", "graph", "prompts", "runtime", "tools")
FOR_READERS_OF_THE_SOURCE = ("README.md",)


def files_below(root: Path) -> set[str]:
    """What is neither compiled nor written for readers of the source, by path below `root`."""
    return {
        str(path.relative_to(root))
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in FOR_READERS_OF_THE_SOURCE
    }


def test_what_is_installed_is_whole(tmp_path: Path) -> None:
    build = ["egg_info", "--egg-base", str(tmp_path), "build_py", "--build-lib", str(tmp_path / "lib")]
    subprocess.run(
        [sys.executable, "-c", "from setuptools import setup; setup()", "-q", *build],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    missing = sorted(files_below(ROOT) - files_below(tmp_path / "lib"))
    assert missing == [], "name them under [tool.setuptools.package-data] in pyproject.toml"
