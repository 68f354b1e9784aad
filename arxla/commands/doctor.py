"""`arxla doctor`: does what this configuration needs work here, and if not, what to do."""

import json as json_module
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.text import Text

from arxla import box_checks, checks, server_checks
from arxla.checks import Check
from arxla.run_status import clean
from runtime.settings import Settings, load_settings
from runtime.task import Role, Task

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red")}


def doctor(
    model: Annotated[str | None, typer.Option(help="provider:model, or expert. [default: as `arxla run`]")] = None,
    target: Annotated[str | None, typer.Option(help="xla, cpu, cuda or neuron. [default: xla]")] = None,
    sandbox: Annotated[str | None, typer.Option(help="auto, zygote, bubblewrap or none. [default: auto]")] = None,
    executor: Annotated[str | None, typer.Option(help="local or ray. [default: local]")] = None,
    results: Annotated[Path | None, typer.Option("--results", "--out", help="Where results go.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Try Python, versions, device, box, models, disk and memory; exit 1 when something does not work."""
    given = {"model": model, "target": target, "sandbox": sandbox, "executor": executor, "out": results}
    settings = load_settings(given)
    task = settings.task(dataset="doctor")
    done = []
    for check in examine(settings, task):
        done.append(check)
        if not json:
            _print(check)
    if json:
        print(json_module.dumps([check.model_dump() for check in done], indent=2))
    raise typer.Exit(int(any(check.state == "fail" for check in done)))


def examine(settings: Settings, task: Task) -> Iterator[Check]:
    """Each check of this configuration in turn, the quick ones first."""
    models = list(dict.fromkeys(task.model_for(role) for role in get_args(Role)))
    plan: list[Callable[[], Check]] = [
        checks.check_python,
        lambda: checks.check_versions(task.target),
        checks.check_memory,
        lambda: checks.check_disk(settings.out),
        lambda: checks.check_data_folder(settings.arxla_data_dir),
        *_papers(settings),
        lambda: server_checks.check_server(settings),
        box_checks.check_bubblewrap,
        *(lambda name=name: checks.check_language_model(name, settings) for name in models),
        lambda: box_checks.check_device(task.target),
        lambda: box_checks.check_box(task.sandbox),
        *_ray(settings, task),
    ]
    for check in plan:
        yield check()


def _ray(settings: Settings, task: Task) -> list[Callable[[], Check]]:
    """The cluster, where it is in use."""
    if task.executor != "ray":
        return []
    device = settings.device_for(task.target)
    return [lambda: box_checks.check_ray(settings.ray_address, task.sandbox, device, task.target)]


def _papers(settings: Settings) -> list[Callable[[], Check]]:
    """Sources of papers, those that are in use."""
    plan: list[Callable[[], Check]] = []
    if settings.arxla_papers_dir.exists():
        plan.append(lambda: checks.check_papers_index(settings.arxla_papers_dir))
    if settings.opensearch_url:
        plan.append(lambda: checks.check_opensearch(settings))
    if bucket := settings.papers_bucket:
        plan.append(lambda: checks.check_bucket(bucket, settings))
    return plan


def _print(check: Check) -> None:
    mark, style = MARKS[check.state]
    console = Console(soft_wrap=True)
    console.print(Text.assemble((mark, style), f"  {check.name:<11}", clean(check.detail)))
    if check.advice:
        console.print(Text(f"      {'':<11}→ {clean(check.advice)}"))
