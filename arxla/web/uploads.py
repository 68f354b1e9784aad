"""Files that a browser sends: capped while they stream, checked by ending and content, kept and never run."""

import re
import secrets
import shutil
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from runtime.errors import InputError
from tools.papers.extract.form import BY_SUFFIX, form_of
from tools.results.writing import naming_disk_faults

FOLDER = ".server/uploads"
"""Below the results."""
DATASETS = (".npz", ".csv", ".tsv", ".parquet")
PAPERS = tuple(BY_SUFFIX)
HEAD = 1 << 16
FORM_BYTES = 1 << 20
"""Of everything in the form that is no file."""
DRAINED = 3
"""How many times the limit is thrown away before a connection is cut."""
MOST_FILES = 2
MOST_FIELDS = 200
LONGEST_NAME = 60


KEPT_S = 24 * 3600
"""How long an upload stays that no run names."""
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
"""How HTML and XML begin, and no table."""


class TooLarge(InputError):
    """The browser sends more than is accepted."""


async def read_form(request: Request, max_mb: int) -> FormData:
    """A form with files; raises `TooLarge` before or while the bytes come, `InputError` for what is no form."""
    most = max_mb * 1024 * 1024 + FORM_BYTES
    stream = request.stream()
    parser = MultiPartParser(
        request.headers, _capped(stream, most, max_mb), max_files=MOST_FILES, max_fields=MOST_FIELDS
    )
    try:
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > most:
            raise TooLarge(_too_large(max_mb))
        form = await parser.parse()
        if any(isinstance(it, UploadFile) and (it.size or 0) > max_mb * 1024 * 1024 for it in form.values()):
            raise TooLarge(_too_large(max_mb))
        return form
    except TooLarge:
        await _hear_out(stream, DRAINED * most)
        raise
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise InputError("The form could not be read; send it again.") from error


def keep_upload(upload: UploadFile, kind: str, results: Path) -> Path:
    """Check a dataset or paper and keep it under `results`; raises `InputError` with what would be accepted."""
    suffixes = DATASETS if kind == "dataset" else PAPERS
    name = safe_name(upload.filename or "")
    suffix = Path(name).suffix
    if suffix not in suffixes:
        raise InputError(f"{name} has the ending {suffix or '(none)'}; a {kind} can be {', '.join(suffixes)}.")
    folder = (results / FOLDER / secrets.token_hex(8)).resolve()
    with naming_disk_faults(folder):
        folder.mkdir(parents=True)
        path = folder / name
        try:
            upload.file.seek(0)
            with path.open("xb") as kept:
                shutil.copyfileobj(upload.file, kept, 1 << 20)
            path.chmod(0o600)
            if kind == "dataset":
                check_dataset(path)
            else:
                check_paper(path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return path


def discard_upload(path: Path) -> None:
    """Remove what `keep_upload` kept."""
    shutil.rmtree(path.parent, ignore_errors=True)


def clear_uploads(results: Path, now: float) -> None:
    """Remove the uploads that no run in `results` names any more and that came `KEPT_S` before `now` (Unix time)."""
    folders = {path.name.encode(): path for path in (results / FOLDER).glob("*")}
    left = {name: path for name, path in folders.items() if path.stat().st_mtime < now - KEPT_S}
    for record in results.glob("*/run.json") if left else ():
        text = record.read_bytes()
        left = {name: path for name, path in left.items() if name not in text}
    for path in left.values():
        shutil.rmtree(path, ignore_errors=True)


def safe_name(name: str) -> str:
    """A plain file name with the ending in small letters, whatever a browser calls the file."""
    last = re.split(r"[/\\]", name)[-1]
    stem, suffix = Path(last).stem, Path(last).suffix.lower()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:LONGEST_NAME] or "upload"
    return plain + re.sub(r"[^a-z0-9.]", "", suffix)[:12]


def check_dataset(path: Path) -> None:
    """Raise `InputError` unless the content is what the ending says; nothing is decoded or unpickled."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise InputError(f"{path.name} is empty.")
        fits = {".npz": _is_npz, ".parquet": _is_parquet}.get(path.suffix, _is_text)
        if not fits(file):
            what = {".npz": "an NPZ archive of arrays", ".parquet": "a Parquet file"}.get(
                path.suffix, "a table in text"
            )
            raise InputError(f"{path.name} is not {what} by its content; save it again in that format.")


def check_paper(path: Path) -> None:
    """Raise `InputError` unless a reader of papers would take the file."""
    if path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty.")
    form_of(path, path.name)


def _is_npz(file: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            return (
                bool(names)
                and all(name.endswith(".npy") for name in names)
                and all(archive.open(name).read(6) == b"\x93NUMPY" for name in names[:50])
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return False


def _is_parquet(file: BinaryIO) -> bool:
    if file.seek(0, 2) < 12:
        return False
    file.seek(-4, 2)
    ends = file.read(4)
    file.seek(0)
    return file.read(4) == ends == b"PAR1"


def _is_text(file: BinaryIO) -> bool:
    """No zero bytes (but in UTF-16) and few control characters in its beginning."""
    head = file.read(HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head)
    return (
        b"\0" not in head
        and controls <= len(head) // 100
        and not MARKUP.match(head)
        and not head.startswith((b"%PDF-", b"PK\x03\x04", b"\x7fELF"))
    )


async def _hear_out(stream: AsyncGenerator[bytes, None], most: int) -> None:
    """Let a browser send the rest: one that is cut off shows a broken connection in place of our sentence."""
    async for chunk in stream:
        most -= len(chunk)
        if most < 0:
            return


async def _capped(stream: AsyncGenerator[bytes, None], most: int, max_mb: int) -> AsyncGenerator[bytes, None]:
    """The request's body as it comes, up to `most` bytes."""
    got = 0
    async for chunk in stream:
        got += len(chunk)
        if got > most:
            raise TooLarge(_too_large(max_mb))
        yield chunk


def _too_large(max_mb: int) -> str:
    return f"The file is larger than the {max_mb} MB of ARXLA_UPLOAD_MAX_MB; give a smaller one."
