"""What kind of data a name stands for, without keeping any of it: for a literature review."""

import tempfile
from pathlib import Path

from runtime.data_profile import DataProfile
from runtime.events import Emit
from runtime.settings import Settings
from runtime.task import Task
from tools.datasets.catalogue import known_datasets
from tools.datasets.hub.access import hub_access
from tools.datasets.preparation import prepare

MOST_ROWS = 5_000
"""Of the sample that is profiled: a review needs the data's kind and shape, not every row."""


def names_data(text: str) -> bool:
    """Whether a text is a dataset's name or the path of something that is there."""
    if text in {known.name for known in known_datasets()}:
        return True
    try:
        return Path(text).expanduser().exists()
    except (OSError, ValueError):  # a long question is no path
        return False


def preview(dataset: str, task: Task, settings: Settings, emit: Emit) -> DataProfile:
    """The profile of at most `MOST_ROWS` rows, prepared in a folder that is thrown away. Raises `InputError`."""
    with tempfile.TemporaryDirectory(prefix="arxla-preview-") as folder:
        data = prepare(
            dataset,
            Path(folder) / "data",
            target_column=task.target_column,
            max_rows=MOST_ROWS,
            dataset_name=settings.dataset_name,
            dataset_source=settings.dataset_source,
            data_dir=settings.arxla_data_dir,
            hub=hub_access(settings),
            goal=task.goal,
            emit=emit,
        )
    return data.profile
