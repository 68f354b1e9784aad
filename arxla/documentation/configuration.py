"""The reference of settings, made from `Settings` and `Task`: names, types, defaults and what each is for."""

import inspect

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from arxla.commands.run import run
from arxla.documentation.commands import parameters
from arxla.documentation.wording import code, literals_below, table, type_words
from runtime.settings import ROLE_VARIABLES, SEED_TASK_VARIABLES, VARIABLE_OF, Settings
from runtime.task import Task

HEADER = """# Settings

Generated from the code by `make docs`; don't edit.

Every setting is an environment variable and a line of the file `.env` in the folder that arxla is started in. What is
given nearer wins: an argument in Python, then an option of the command line, then the environment, then `.env`, then
the default. A list is written with commas between its items. A value that can't be used is one sentence that names
where it came from, and exit code 2.
"""
TASK = """## The task

What a run is asked for. Each is an option of `arxla run`, an argument of `arxla.run(...)`, a field of the server's
input, and a variable.
"""
ROLES = """### Models by role

Each role may be played by another model than `ARXLA_MODEL`; see [Models and cost](../models.md).
"""
PLACES = """## Keys, services and places
"""
GROUPS = {
    "Models": ("openai", "arxla_model", "bedrock", "aws"),
    "Papers and chunks": ("arxla_papers", "arxla_parallel", "arxla_tokens", "arxla_requests", "chunk_", "arxla_paper_"),
    "OpenSearch and S3": ("opensearch", "papers_bucket", "s3_"),
    "Literature": ("arxla_arxiv", "arxla_openalex", "openalex", "arxla_offline"),
    "Datasets": ("arxla_data_dir", "dataset_", "hf_", "arxla_cache"),
    "Server and web page": ("arxla_database", "arxla_server", "arxla_upload"),
    "Watching runs": ("langsmith", "otel", "arxla_log"),
    "Evaluation": ("arxla_record", "arxla_replay"),
    "Devices, machines and results": ("",),
}
"""A setting belongs to the first group that has a beginning of its name."""
NOT_SET_BY_NAME = ("task_variables", "role_variables", "command_line")


def configuration() -> str:
    """The page as Markdown."""
    parts = [HEADER, TASK, table(["variable, option", "value", "what it is"], _task_rows()), ROLES]
    options = {role: _option(f"{role}_model") for role in ROLE_VARIABLES.values()}
    roles = [
        [code(name), code(option) if (option := options[role]) else "", role] for name, role in ROLE_VARIABLES.items()
    ]
    parts += [table(["variable", "option", "role"], roles), PLACES]
    rows = _setting_rows()
    for title, beginnings in GROUPS.items():
        mine = [rows.pop(name) for name in list(rows) if name.startswith(beginnings)]
        parts += [f"### {title}\n", table(["variable", "value", "what it is"], mine)]
    return "\n".join(parts)


def _task_rows() -> list[list[str]]:
    seeds = {field: name for name, field in SEED_TASK_VARIABLES.items()}
    rows = []
    for name, field in Task.model_fields.items():
        names = [f"ARXLA_{name.upper()}", seeds.get(name), *_option(name).split("/")]
        rows.append(["<br>".join(code(one) for one in names if one), _value(field), field.description or ""])
    return rows


def _option(field: str) -> str:
    """What sets a field on the command line, if anything does."""
    name = {"candidate_models": "candidate_model", "paper": "papers"}.get(field, field)
    return next((one.typed for one in parameters(run) if one.name == name), "")


def _setting_rows() -> dict[str, list[str]]:
    literals = literals_below(inspect.getsource(Settings))
    return {
        name: [
            code(VARIABLE_OF.get(name, name.upper())),
            _value(field),
            field.description or literals.get(name, ""),
        ]
        for name, field in Settings.model_fields.items()
        if name not in NOT_SET_BY_NAME
    }


def _value(field: FieldInfo) -> str:
    """The type, its bounds, and the default."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(one, name):,}" for one in field.metadata for name, sign in signs.items() if hasattr(one, name)
    ]
    words = ", ".join([type_words(field.annotation), *bounds])
    default = field.get_default(call_default_factory=True)
    if default in (None, "", [], {}) or default is PydanticUndefined:
        return words
    return f"{words}<br>default {code(str(default).lower() if isinstance(default, bool) else str(default))}"
