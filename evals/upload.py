"""An evaluation on LangSmith: its suite as a dataset, an experiment a model, a run a trial, a feedback a score.

Every id follows from what it names, so that a second upload changes what is there instead of doubling it.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from evals.contracts import Case, Suite, Trial
from evals.folder import EvaluationFolder, Plan
from runtime.errors import InputError, SourceUnavailable
from runtime.observability.masking import masked
from runtime.settings import Settings

if TYPE_CHECKING:
    from langsmith import Client

TIMEOUT_MS = 30_000
NAMES = uuid.UUID("6f0f7a0e-5d43-4b53-9a0c-8c1f7c1f3a11")
"""Of our ids (RFC 9562, version 5)."""
LEFT_OUT = ("folder",)
"""Of an output: where it lies on this machine."""


def upload(settings: Settings, folder: EvaluationFolder) -> str:
    """Send an evaluation, and say where it is. Raises `InputError` without a key, and `SourceUnavailable`."""
    if settings.langsmith_api_key is None:
        raise InputError("--upload needs a key of LangSmith: set LANGSMITH_API_KEY.")
    import requests
    from langsmith import Client
    from langsmith.utils import LangSmithError

    key = settings.langsmith_api_key.get_secret_value()
    client = Client(
        settings.langsmith_endpoint, api_key=key, auto_batch_tracing=False, timeout_ms=TIMEOUT_MS,
        tracing_sampling_rate=1.0, omit_traced_runtime_info=True,
    )  # fmt: skip
    plan, trials = folder.plan(), folder.trials()
    try:
        dataset = _dataset(client, plan.suite)
        for model in plan.models:
            _experiment(
                client, settings, folder, plan, model, [trial for trial in trials if trial.model == model], dataset
            )
    except (LangSmithError, requests.RequestException) as fault:
        said = settings.mask_secrets(" ".join(str(fault).split()))[:300]
        raise SourceUnavailable(
            f"LangSmith at {settings.langsmith_endpoint} took no upload ({said}); the results are kept, and "
            f"`arxla eval --resume {folder.path} --upload` sends them again."
        ) from fault
    finally:
        client.cleanup()
    names = ", ".join(experiment_name(folder, model) for model in plan.models)
    return f"LangSmith: dataset {dataset_name(plan.suite)}, experiment {names}"


def dataset_name(suite: Suite) -> str:
    """The dataset's, of all evaluations of a suite."""
    return f"arxla {suite.name}"


def experiment_name(folder: EvaluationFolder, model: str) -> str:
    """The experiment's: the evaluation and the model."""
    return f"{folder.path.name} {model}"


def _id(*parts: object) -> uuid.UUID:
    return uuid.uuid5(NAMES, "\n".join(map(str, parts)))


def _example_id(dataset: uuid.UUID, case: str) -> uuid.UUID:
    return _id("example", dataset, case)


def _dataset(client: "Client", suite: Suite) -> uuid.UUID:
    """The suite's dataset with an example a case, new or brought up to date."""
    name = dataset_name(suite)
    if client.has_dataset(dataset_name=name):
        dataset: uuid.UUID = client.read_dataset(dataset_name=name).id
    else:
        dataset = client.create_dataset(name, description=suite.description).id
    there = {example.id for example in client.list_examples(dataset_id=dataset)}
    examples = [
        {
            "id": _example_id(dataset, case.id),
            "inputs": _inputs(case),
            "outputs": case.expected,
            "metadata": {"case": case.id, "tags": case.tags},
        }
        for case in suite.cases
    ]
    if new := [example for example in examples if example["id"] not in there]:
        client.create_examples(dataset_id=dataset, examples=new)
    if known := [example for example in examples if example["id"] in there]:
        client.update_examples(dataset_id=dataset, updates=known)
    return dataset


def _inputs(case: Case) -> dict[str, Any]:
    return {"case": case.id, **case.given}


def _experiment(
    client: "Client",
    settings: Settings,
    folder: EvaluationFolder,
    plan: Plan,
    model: str,
    trials: Sequence[Trial],
    dataset: uuid.UUID,
) -> None:
    """A run for each scored or failed trial of one model; skipped cases were not tried and are left out."""
    name = experiment_name(folder, model)
    facts = {
        "suite": plan.suite.name,
        "model": model,
        "seeds": plan.seeds,
        "replayed": any(trial.replayed for trial in trials),
    }
    project = client.create_project(name, reference_dataset_id=dataset, metadata=facts, upsert=True)
    cases = {case.id: case for case in plan.suite.cases}
    began = datetime.fromisoformat(plan.started).astimezone(UTC)
    for trial in trials:
        if trial.skipped:
            continue
        _run(client, settings, name, project.id, cases[trial.case], trial, _example_id(dataset, trial.case), began)


def _run(
    client: "Client",
    settings: Settings,
    experiment: str,
    project: uuid.UUID,
    case: Case,
    trial: Trial,
    example: uuid.UUID,
    began: datetime,
) -> None:
    from langsmith.utils import LangSmithConflictError

    id = _id("run", experiment, trial.case, trial.seed)
    output = {name: value for name, value in trial.output.items() if name not in LEFT_OUT}
    with suppress(LangSmithConflictError):  # sent before
        client.create_run(
            f"{trial.case} (seed {trial.seed})",
            masked({**_inputs(case), "seed": trial.seed, "model": trial.model}, settings.mask_secrets),
            "chain",
            project_name=experiment,
            id=id,
            trace_id=id,
            dotted_order=f"{began:%Y%m%dT%H%M%S%f}Z{id}",
            outputs=masked(output, settings.mask_secrets),
            error=settings.mask_secrets(trial.error) or None,
            reference_example_id=example,
            start_time=began,
            end_time=began + timedelta(seconds=trial.seconds),
            extra={"metadata": {"seed": trial.seed, "replayed": trial.replayed}},
        )
    for key, score in trial.scores.items():
        if score is None:
            continue
        with suppress(LangSmithConflictError):
            client.create_feedback(
                id, key, score=score, feedback_id=_id("feedback", id, key), session_id=project, start_time=began,
                stop_after_attempt=3,
            )  # fmt: skip
