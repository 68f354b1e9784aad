"""Asks the `datasets` library for a dataset, in a process of its own.

The library reads its settings from the environment when it is imported, retries for minutes and takes 2 s to import;
a child process has its environment set, ends at its deadline, and costs this process neither time nor memory.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runtime.errors import InputError
from tools.datasets.hub.access import HubAccess
from tools.datasets.hub.known import HUB, files_by_part
from tools.results.writing import naming_disk_faults, write_atomically

LOCAL_S = 600.0
FETCH_S = 3600.0
"""CIFAR, the largest, is 180 MB: an hour is 50 KB a second."""
WORKER = "tools.datasets.hub.library_worker"
ArrowFiles = dict[str, list[Path]]
"""By part: train, validation, test."""


@contextmanager
def read_folder(folder: Path) -> Iterator[ArrowFiles]:
    """The Arrow files that the library makes of a local folder of Parquet files; they are gone afterwards."""
    files = {part: [str(file) for file in files] for part, files in files_by_part(folder).items()}
    with tempfile.TemporaryDirectory(prefix="arxla-datasets-", ignore_cleanup_errors=True) as cache:
        environment = _environment("", Path(cache), offline=True)
        yield _ask({"files": files, "cache": cache}, environment, LOCAL_S, str(folder))


def fetch(name: str, hub: HubAccess) -> ArrowFiles:
    """The Arrow files of a dataset of the hub, fetched once and kept in the hub's cache folder."""
    kept = hub.kept(name)
    if kept is not None:
        return kept
    known = HUB[name]
    with naming_disk_faults(hub.cache):
        hub.record(name).parent.mkdir(parents=True, exist_ok=True)
    environment = _environment(hub.endpoint, hub.cache, offline=hub.offline)
    request = {"repository": known.repository, "configuration": known.configuration, "cache": str(hub.cache / "arrow")}
    files = _ask(request, environment, FETCH_S, f"{known.repository} at {hub.endpoint}")
    record = {"repository": known.repository, "parts": {part: [str(f) for f in paths] for part, paths in files.items()}}
    write_atomically(hub.record(name), json.dumps(record, indent=1).encode())
    return files


def _environment(endpoint: str, cache: Path, *, offline: bool) -> dict[str, str]:
    """Everything the library keeps goes below `cache`; nothing is counted, reported or asked beside the data."""
    return {
        **os.environ,
        **({"HF_ENDPOINT": endpoint} if endpoint else {}),
        "HF_HOME": str(cache / "huggingface"),
        "HF_HUB_CACHE": str(cache / "huggingface" / "hub"),
        "HF_DATASETS_CACHE": str(cache / "arrow"),
        "HF_HUB_OFFLINE": "1" if offline else "0",
        "HF_DATASETS_OFFLINE": "1" if offline else "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }


def _ask(request: dict[str, Any], environment: dict[str, str], timeout_s: float, what: str) -> ArrowFiles:
    """One call of the worker. Raises `InputError` when the library can't give the dataset."""
    command = [sys.executable, "-m", WORKER, json.dumps(request)]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{what} was not read within {timeout_s:.0f} s; try again, or fetch it by hand.") from error
    reply = _last_json(done.stdout)
    if "parts" not in reply:
        last_words = done.stderr.decode(errors="replace").strip().splitlines()
        why = reply.get("error") or (last_words[-1][:200] if last_words else f"exit code {done.returncode}")
        raise InputError(f"{what} can't be read by the datasets library ({why}); fetch it again.")
    return {part: [Path(file) for file in files] for part, files in reply["parts"].items()}


def _last_json(output: bytes) -> dict[str, Any]:
    lines = output.decode(errors="replace").strip().splitlines()
    try:
        reply = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {}
    return reply if isinstance(reply, dict) else {}
