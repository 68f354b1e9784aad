"""What a run left, to be downloaded: only what is inside its folder, and never as a page of ours."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from arxla.web.site import site_of
from tools.report.wording import kilobytes
from tools.results.folder import RunFolder

HIDDEN = ("scratch",)
"""Where boxed jobs work."""
MOST_ROWS = 1000
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""The report is shown with an origin of its own and without scripts."""


def send_file(request: Request) -> Response:
    """GET /runs/{run_id}/files/{path}: a file as a download, a folder as a list."""
    site = site_of(request)
    folder = site.folder(request.path_params["run_id"])
    name = request.path_params["path"].strip("/")
    path = inside(folder, name)
    if path is None:
        raise HTTPException(404, f"Run {folder.id} has no file {name[:80]!r}.")
    if path.is_dir():
        rows = list(folder_rows(folder, name))
        return site.render(request, "folder.html.j2", folder=folder, name=name, rows=rows)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def send_report(request: Request) -> Response:
    """GET /runs/{run_id}/report: `report.html` as it lies in the folder."""
    folder = site_of(request).folder(request.path_params["run_id"])
    if not folder.report.is_file() or inside(folder, folder.report.name) is None:
        raise HTTPException(404, f"Run {folder.id} has no report yet.")
    return FileResponse(folder.report, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


def send_project(request: Request) -> Response:
    """GET /runs/{run_id}/project.zip: the exported project."""
    folder = site_of(request).folder(request.path_params["run_id"])
    packed = tempfile.NamedTemporaryFile(suffix=".zip", delete=False)  # noqa: SIM115
    with packed, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.project.rglob("*")):
            if path.is_file() and inside(folder, path.relative_to(folder.path).as_posix()) is not None:
                archive.write(path, f"{folder.id}/{path.relative_to(folder.project).as_posix()}")
    done = BackgroundTask(Path(packed.name).unlink)
    return FileResponse(packed.name, filename=f"{folder.id}.zip", media_type="application/zip", background=done)


def inside(folder: RunFolder, name: str) -> Path | None:
    """The file or folder of that name below the run's folder, or None; what links lead out to is not inside."""
    if "\0" in name or any(part in HIDDEN or part.startswith(".") for part in Path(name).parts):
        return None
    root = folder.path.resolve()
    path = (root / name).resolve()
    return path if path.is_relative_to(root) and (path.is_file() or path.is_dir()) else None


def folder_rows(folder: RunFolder, name: str) -> Iterator[tuple[str, str, str]]:
    """(name, address below the run's files, size) of what a folder of a run holds, by name."""
    place = inside(folder, name)
    entries = sorted(place.iterdir(), key=lambda it: (it.is_file(), it.name)) if place else []
    for entry in entries[:MOST_ROWS]:
        relative = entry.relative_to(folder.path.resolve()).as_posix()
        if inside(folder, relative) is not None:
            size = kilobytes(entry.stat().st_size / 1024) if entry.is_file() else "folder"
            yield entry.name, quote(relative), size
