"""The form that starts a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio.to_thread
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from arxla.web.fields import GROUPS, HOW, SUBJECT, FormField, faults, form_fields, task_values, with_form
from arxla.web.site import Site, base_path, site_of
from arxla.web.uploads import DATASETS, PAPERS, TooLarge, discard_upload, keep_upload, read_form
from graph.driving import open_run
from runtime.errors import ArxlaError, InputError, ModelUnavailable
from runtime.task import Task
from tools.datasets import known_datasets
from tools.papers.extract.form import check_path
from tools.results.folder import RunFolder

UPLOADS = {"dataset": "dataset_file", "paper": "paper_file"}
INDEXED = ("index:", "opensearch:")
"""Papers that are no files."""


class Refused(Exception):
    """The form can't be used: one sentence a field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def show_form(request: Request) -> Response:
    """GET /new; `?dataset=`, `?paper=` and `?goal=` fill the form in."""
    site = site_of(request)
    fields = _fields(site)
    asked = {name: value for name, value in request.query_params.items() if name in ("dataset", "paper", "goal")}
    shown = {name: field if name not in asked else replace(field, value=asked[name]) for name, field in fields.items()}
    return _page(request, shown, {})


async def start_run(request: Request) -> Response:
    """POST /new: the run's page, or the form with what is wrong beside each field."""
    site = site_of(request)
    form: FormData | None = None
    try:
        form = await read_form(request, site.settings.arxla_upload_max_mb)
        opened = await anyio.to_thread.run_sync(_open, site, form)
        await _begin(site, opened)
    except TooLarge as error:
        errors, status = {"upload": str(error)}, 413
    except Refused as refused:
        errors, status = refused.errors, 422
    except InputError as error:
        errors, status = {"form": str(error)}, 422
    except ArxlaError as error:
        errors, status = {"form": str(error)}, 503
    else:
        return RedirectResponse(f"{base_path(request)}/runs/{opened.folder.id}", 303)
    finally:
        if form is not None:
            await form.close()
    return await anyio.to_thread.run_sync(_again, request, form, errors, status)


@dataclass(frozen=True)
class Opened:
    """A run that can begin, and the uploads that it is about."""

    folder: RunFolder
    task: Task
    uploads: list[Path]

    def discard(self) -> None:
        """Leave nothing of it."""
        self.folder.discard()
        for path in self.uploads:
            discard_upload(path)


async def _begin(site: Site, opened: Opened) -> None:
    """Hand the run to the server; its record names the thread before anything can happen in it."""
    folder = opened.folder
    try:
        thread = await site.backend.open_thread(folder.id)
        record = await anyio.to_thread.run_sync(folder.load_record)
        await anyio.to_thread.run_sync(folder.save_record, record.model_copy(update={"thread_id": thread}))
        await site.backend.start(thread, opened.task.model_dump(mode="json"), folder.id)
    except ArxlaError:
        await anyio.to_thread.run_sync(opened.discard)
        raise


def _open(site: Site, form: FormData) -> Opened:
    """Keep the uploads, check every field and make the run's folder; raises `Refused`."""
    values = task_values(_fields(site), _texts(form))
    kept: list[Path] = []
    try:
        for kind, name in UPLOADS.items():
            upload = form.get(name)
            if isinstance(upload, UploadFile) and upload.filename:
                with _at(kind):
                    kept.append(keep_upload(upload, kind, site.results))
                values[kind] = str(kept[-1])
        task = _task(site, values)
        return Opened(open_run(site.settings, task, site.results, _at), task, kept)
    except BaseException:
        for path in kept:
            discard_upload(path)
        raise


def _task(site: Site, values: dict[str, Any]) -> Task:
    """The form's task; what it names is looked for when the run is opened, but for a paper."""
    try:
        Task.model_validate(values)
    except ValidationError as error:
        raise Refused(faults(error)) from error
    task = site.settings.task(**values)
    if task.paper and not task.paper.startswith(INDEXED):
        with _at("paper"):
            check_path(Path(task.paper))
    return task


@contextmanager
def _at(name: str) -> Iterator[None]:
    """Show a fault beside this field."""
    try:
        yield
    except (InputError, ModelUnavailable) as error:
        raise Refused({name: str(error)}) from error


def _again(request: Request, form: FormData | None, errors: dict[str, str], status: int) -> Response:
    """The form as it was filled in; one that could not be read is empty."""
    fields = _fields(site_of(request))
    if form is not None:
        fields = with_form(fields, _texts(form), errors)
    return _page(request, fields, errors, status)


def _texts(form: FormData) -> dict[str, str]:
    return {name: str(value) for name, value in form.multi_items() if not isinstance(value, UploadFile)}


def _page(request: Request, fields: dict[str, FormField], errors: dict[str, str], status: int = 200) -> Response:
    site = site_of(request)
    return site.render(
        request,
        "new.html.j2",
        status,
        fields=fields,
        subject=SUBJECT,
        how=HOW,
        groups=GROUPS,
        open_groups={group for group, names in GROUPS.items() if any(name in errors for name in names)},
        errors=errors,
        names=known_datasets(),
        dataset_types=",".join(DATASETS),
        paper_types=",".join(PAPERS),
        most_mb=site.settings.arxla_upload_max_mb,
    )


def _fields(site: Site) -> dict[str, FormField]:
    """Every field with what holds where nothing is said; raises `InputError` for an environment that can't be used."""
    named = site.settings.task_variables.get("dataset", ("", ""))[1]
    fields = form_fields(site.settings.task(dataset=named or "unnamed"))
    return fields | {"dataset": replace(fields["dataset"], value=named)}
