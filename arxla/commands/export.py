"""`arxla export`: a run's model and code as a project of its own."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from runtime.errors import InputError
from runtime.settings import load_settings
from runtime.training_function import TrainingFunction
from tools.datasets.storage import open_prepared
from tools.export import export_project
from tools.results.folder import RunFolder
from tools.results.listing import find_run

CODE_STAGES = ("code-generation", "code-review")


def export(
    run: Annotated[str, typer.Argument(help="A run's id, a unique beginning of it, or latest.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the project goes.")],
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where results are. [default: results]")] = None,
) -> None:
    """Write a standalone project: train.py, predict.py, weights, README; it needs no arxla."""
    folder = find_run(load_settings({"out": out}).out, run)
    record = folder.load_record()
    function = last_function(folder)
    data = open_prepared(folder.data)
    check_destination(directory, force)
    export_project(record, function, data, folder.path, directory)
    if record.evidence:
        print(f"Exported {folder.id} to {directory}; try it with: cd {directory} && python predict.py")
    else:
        print(f"Exported the code of {folder.id} to {directory}; the run has no measured model to go with it.")


def last_function(folder: RunFolder) -> TrainingFunction:
    """The training function as the run last kept it; raises `InputError` when it never had one."""
    kept = [path for stage in CODE_STAGES for path in (folder.path / stage).glob("*.json")]
    for path in sorted(kept, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True):
        try:
            return TrainingFunction.model_validate_json(path.read_bytes())
        except ValidationError:
            continue
    raise InputError(f"Run {folder.id} ended before any code was written; there is nothing to export.")


def check_destination(directory: Path, force: bool) -> None:
    """Refuse a file, and a folder that holds something unless `force`. Raises `InputError`."""
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory} is a file; name a folder.")
    if not force and directory.is_dir() and any(directory.iterdir()):
        raise InputError(f"{directory} is not empty; name another folder, or add --force to write into it.")
