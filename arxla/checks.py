"""What `arxla doctor` looks at: each check is a function that tries the thing itself and answers with one line."""

import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from runtime.errors import ArxlaError
from runtime.models.check import check_model
from runtime.settings import Settings
from runtime.task import Target

State = Literal["ok", "warn", "fail"]
OLDEST_PYTHON = (3, 11)
SCARCE_DISK_GB, LITTLE_DISK_GB = 0.5, 2.0
SCARCE_MEMORY_GB, LITTLE_MEMORY_GB = 1.5, 4.0
IMPATIENT_S = 5.0


class Check(BaseModel):
    """One line of the doctor."""

    name: str
    state: State
    detail: str
    advice: str = ""
    """What to do, when the state is not ok."""


def check_python() -> Check:
    """The interpreter's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check(name="python", state="fail", detail=found, advice="Use Python 3.11 or newer.")
    return Check(name="python", state="ok", detail=f"{found} in {sys.prefix}")


def check_versions(target: Target) -> Check:
    """torch and, for the target xla, a torch_xla of the same minor version."""
    torch, torch_xla = _version("torch"), _version("torch_xla")
    if torch is None:
        advice = "Run `pip install -r requirements.txt`."
        return Check(name="versions", state="fail", detail="torch is not installed", advice=advice)
    if target != "xla":
        return Check(name="versions", state="ok", detail=f"torch {torch}")
    minor = ".".join(torch.split(".")[:2])
    advice = f"Run `pip install 'torch_xla=={minor}.*'`, or choose --target cpu."
    if torch_xla is None:
        return Check(name="versions", state="fail", detail=f"torch {torch}, torch_xla is not installed", advice=advice)
    detail = f"torch {torch}, torch_xla {torch_xla}"
    if torch_xla.split(".")[:2] != torch.split(".")[:2]:
        return Check(name="versions", state="fail", detail=f"{detail} do not belong together", advice=advice)
    return Check(name="versions", state="ok", detail=detail)


def check_language_model(model: str, settings: Settings) -> Check:
    """Ask the model for one word; the expert needs nothing."""
    try:
        found = check_model(model, settings, ping=True)
    except ArxlaError as fault:
        advice = "Set the key or the address it names, or choose --model expert, which needs neither."
        return Check(name="model", state="fail", detail=str(fault), advice=advice)
    if found.seconds is None:
        return Check(name="model", state="ok", detail=f"{found.model}: {found.address}, needs no key and no network")
    return Check(name="model", state="ok", detail=f"{found.model} at {found.address} answered in {found.seconds:.1f} s")


def check_disk(results: Path) -> Check:
    """Whether the results folder, or the nearest folder above it, can be written, and how much room is left."""
    place = results.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        advice = "Choose another folder with --out."
        return Check(name="results", state="fail", detail=f"{place} is a file", advice=advice)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".arxla-doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as fault:
        advice = "Choose another folder with --out, or change its permissions."
        return Check(name="results", state="fail", detail=f"{place}: {fault.strerror}", advice=advice)
    free = shutil.disk_usage(place).free / 1e9
    state = _enough(free, SCARCE_DISK_GB, LITTLE_DISK_GB)
    advice = "" if state == "ok" else "Free some space: a run leaves up to a few hundred MB."
    return Check(name="results", state=state, detail=f"{results} can be written, {free:.1f} GB free", advice=advice)


def check_memory(meminfo: Path = Path("/proc/meminfo")) -> Check:
    """Memory that is free now; the box's warm parent takes 0.6 GB and a job on XLA up to 4 GB."""
    try:
        lines = meminfo.read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return Check(name="memory", state="warn", detail="unknown on this system", advice="Keep 4 GB free.")
    free = kilobytes / 1e6
    state = _enough(free, SCARCE_MEMORY_GB, LITTLE_MEMORY_GB)
    advice = "" if state == "ok" else "Close other programs, or use fewer rows with --max-rows."
    return Check(name="memory", state=state, detail=f"{free:.1f} GB available", advice=advice)


def check_data_folder(folder: Path | None) -> Check:
    """ARXLA_DATA_DIR, where datasets are looked up by name."""
    if folder is None:
        return Check(name="data", state="ok", detail="ARXLA_DATA_DIR is not set: bundled datasets and your own files")
    if not folder.is_dir():
        advice = "Create the folder, or unset ARXLA_DATA_DIR."
        return Check(name="data", state="fail", detail=f"ARXLA_DATA_DIR is {folder}, which is no folder", advice=advice)
    return Check(name="data", state="ok", detail=f"ARXLA_DATA_DIR {folder}, {sum(1 for _ in folder.iterdir())} entries")


def check_papers_index(folder: Path) -> Check:
    """Whether the embedded index can be read, and by what it ranks."""
    from tools.papers.sources.embedded import EmbeddedIndex
    from tools.papers.sources.vectors import installed_embedder

    index = EmbeddedIndex(folder, installed_embedder())
    try:
        found = f"{index.count():,} papers in {folder}, ranked by {index.ranking}"
    except ArxlaError as fault:
        advice = "Move the folder away and run `arxla papers add PATH` again."
        return Check(name="papers", state="fail", detail=str(fault), advice=advice)
    return Check(name="papers", state="ok", detail=found)


def check_opensearch(settings: Settings) -> Check:
    """Ask OpenSearch for the number of papers, without much patience."""
    from tools.papers.sources.opensearch import OpenSearchSource

    impatient = settings.model_copy(update={"opensearch_timeout_s": min(settings.opensearch_timeout_s, IMPATIENT_S)})
    try:
        source = OpenSearchSource(impatient, wait_s=0.1)
        count = source.check()
    except ArxlaError as fault:
        advice = "Follow the sentence above, or unset OPENSEARCH_URL to use the embedded index."
        return Check(name="opensearch", state="fail", detail=str(fault), advice=advice)
    detail = f"{count:,} papers in the index {settings.opensearch_index} at {source.cluster.place}"
    if not count:
        advice = "Index papers there, or name another index with OPENSEARCH_INDEX."
        return Check(name="opensearch", state="warn", detail=detail, advice=advice)
    return Check(name="opensearch", state="ok", detail=detail)


def check_bucket(bucket: str, settings: Settings) -> Check:
    """Look into the bucket of full texts."""
    from tools.papers.sources.s3 import S3Texts

    try:
        S3Texts(settings, wait_s=0.1).check(bucket)
    except ArxlaError as fault:
        advice = "Look at PAPERS_BUCKET, AWS_REGION, S3_ENDPOINT_URL and the credentials."
        return Check(name="bucket", state="fail", detail=str(fault), advice=advice)
    return Check(name="bucket", state="ok", detail=f"s3://{bucket} can be read")


def _enough(found: float, scarce: float, little: float) -> State:
    return "fail" if found < scarce else "warn" if found < little else "ok"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
