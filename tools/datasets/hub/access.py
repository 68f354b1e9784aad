"""Whether the hub may be asked, whether it answers, and what of it is kept on this machine."""

import json
from dataclasses import dataclass
from pathlib import Path

import httpx

from runtime.errors import InputError
from runtime.settings import Settings
from tools.datasets.hub.known import HUB

ANSWER_S = 4.0
"""The wait for the hub's first sign of life."""


@dataclass(frozen=True)
class HubAccess:
    """The hub's address, the folder that keeps what came from it, and whether the network may be used at all."""

    endpoint: str
    cache: Path
    offline: bool = False

    def kept(self, name: str) -> dict[str, list[Path]] | None:
        """The Arrow files by part of a dataset that was fetched before; None when it was not, or files are gone."""
        try:
            parts = json.loads(self.record(name).read_text(encoding="utf-8"))["parts"]
            files = {str(part): [Path(file) for file in files] for part, files in parts.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        whole = files and all(file.is_file() for part in files.values() for file in part)
        return files if whole else None

    def record(self, name: str) -> Path:
        """The file that lists what was fetched."""
        return self.cache / "datasets" / f"{name}.json"

    def check(self, name: str, data_dir: Path | None) -> None:
        """Raises `InputError`, within seconds, when a dataset that is not here can't be fetched now."""
        if self.kept(name) is not None:
            return
        if self.offline:
            why = "and ARXLA_OFFLINE forbids to ask the hub"
        else:
            fault = _unreachable(f"{self.endpoint.rstrip('/')}/api/datasets/{HUB[name].repository}")
            if not fault:
                return
            why = f"and the hub at {self.endpoint} can't be reached ({fault})"
        place = f"not in {data_dir}" if data_dir else "not on this machine (no ARXLA_DATA_DIR is set)"
        raise InputError(
            f"The dataset {name!r} is {place}, {why}: connect to the network, or put the Parquet files of "
            f"{HUB[name].repository} into a folder {name} and name the folder above it in ARXLA_DATA_DIR."
        )


def hub_access(settings: Settings) -> HubAccess:
    """What the settings say of the hub."""
    return HubAccess(settings.hf_endpoint, settings.arxla_cache_dir, settings.arxla_offline)


def _unreachable(address: str) -> str:
    """Why the hub does not serve a repository now, or ""."""
    try:
        answer = httpx.head(address, timeout=ANSWER_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error)[:120] or type(error).__name__
    return "" if answer.status_code < 400 or answer.status_code == 405 else f"it answers {answer.status_code}"
