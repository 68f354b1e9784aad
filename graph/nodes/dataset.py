"""Load, profile, split and normalise the data, once."""

from graph.stage import Stage
from graph.state import Update
from tools.datasets import hub_access, prepare


def run(stage: Stage) -> Update:
    """The prepared arrays on disk and their profile."""
    task, settings = stage.task, stage.services.settings
    stage.services.warm(task)
    data = prepare(
        stage.state["dataset"],
        stage.folder.path / "data",
        target_column=task.target_column,
        seed=task.seed,
        max_rows=task.max_rows,
        dataset_name=settings.dataset_name,
        dataset_source=settings.dataset_source,
        data_dir=settings.arxla_data_dir,
        hub=hub_access(settings),
        goal=task.goal,
        emit=stage.emit,
    )
    profile = data.profile
    kind = f"{profile.num_classes} classes" if profile.num_classes else profile.task_type
    rows = f"{data.train_count}/{data.val_count}/{data.test_count} rows"
    return {
        "data": data.model_dump(mode="json"),
        "warnings": profile.warnings,
        "note": f"{profile.dataset_name} {profile.shape}, {kind}; {rows}",
    }
