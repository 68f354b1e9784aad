"""The only reader of the environment: explicit argument > command line > environment > `.env` > default.

A task's fields are `ARXLA_` and the field's name in capitals (`ARXLA_TRIALS=20`); a role's model is `ARXLA_CODER_MODEL`
and its like. Which model, when several variables speak: `model` given by call or command line, then `ARXLA_MODEL`,
then `OPENAI_MODEL` (if `OPENAI_API_KEY` or `OPENAI_BASE_URL` is set too), then `BEDROCK_MODEL_ID`, then the expert.
Within one level an `ARXLA_` name wins over the seed's name for the same field.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import unquote

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.errors import InputError
from runtime.secrets import PASSWORD, mask_secrets
from runtime.task import Role, Target, Task

SEED_TASK_VARIABLES = {
    "SKIP_LITERATURE_REVIEW": "skip_literature_review",
    "DEBUG_CHANCES": "debug_chances",
    "BO_SAMPLE_NUM": "bo_sample",
}
TASK_VARIABLES = SEED_TASK_VARIABLES | {f"ARXLA_{field.upper()}": field for field in Task.model_fields}
ROLE_VARIABLES = {f"ARXLA_{role.upper()}_MODEL": role for role in get_args(Role)}
VARIABLE_OF = {"out": "ARXLA_OUT"}


class Variables(PydanticBaseSettingsSource):
    """One level of named strings (the environment, or a `.env` file) as settings fields."""

    def __init__(self, settings: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings)
        self.variables = {name.upper(): value for name, value in variables.items() if value}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The raw text of a field, which is named after its variable in lower case."""
        name = VARIABLE_OF.get(field_name, field_name.upper())
        return self.variables.get(name), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        # Later names win: within one level an ARXLA_ name hides the seed's.
        tasks = {
            field: (name, self.variables[name]) for name, field in TASK_VARIABLES.items() if name in self.variables
        }
        roles = {role: self.variables[name] for name, role in ROLE_VARIABLES.items() if name in self.variables}
        given = {name: value for name, value in found.items() if value is not None}
        return given | {"task_variables": tasks, "role_variables": roles}


class Settings(BaseSettings):
    """Keys, places and defaults; each field is set by the variable of the same name in capitals.

    Raises `InputError` through `load_settings`; secrets are `SecretStr` and never printed.
    """

    model_config = SettingsConfigDict(extra="ignore", protected_namespaces=(), frozen=True)

    openai_api_key: SecretStr | None = None
    """For `openai:` models."""
    openai_base_url: str | None = None
    """Another address for `openai:` models."""
    openai_model: str | None = None
    """The model, when ARXLA_MODEL names none and OPENAI_API_KEY or OPENAI_BASE_URL is set."""
    arxla_model_base_url: str | None = None
    """Where `openai:` models without an address of their own are served; wins over OPENAI_BASE_URL."""
    arxla_model_api_key: SecretStr | None = None
    """The key for ARXLA_MODEL_BASE_URL, when it is not OPENAI_API_KEY."""
    bedrock_model_id: str | None = None
    """The Bedrock model, when neither ARXLA_MODEL nor OPENAI_MODEL names one."""
    bedrock_chunk_model_id: str | None = None
    """The Bedrock model that reads chunks, when the run's model is one of Bedrock."""
    aws_region: str | None = None
    """For Bedrock, S3 and OpenSearch with SigV4."""
    aws_access_key_id: SecretStr | None = None
    """With AWS_SECRET_ACCESS_KEY; without them the AWS profile or role of the machine is used."""
    aws_secret_access_key: SecretStr | None = None
    """See AWS_ACCESS_KEY_ID."""
    aws_session_token: SecretStr | None = None
    """For temporary keys."""
    aws_profile: str | None = None
    """A profile of the AWS configuration files."""
    langsmith_api_key: SecretStr | None = None
    """For traces, and for evaluations that are uploaded."""
    langsmith_tracing: bool = False
    """Send traces to LangSmith; without it, or without a key, nothing is sent."""
    langsmith_project: str = "arxla"
    """Where traces are filed."""
    langsmith_endpoint: str = "https://api.smith.langchain.com"
    """LangSmith, or a server of your own."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where OpenTelemetry spans go (OTLP over HTTP); needs the extra `otel`."""
    arxla_log: Path | None = None
    """A file of JSON lines, secrets masked, for the log of the whole process; `-` is standard error."""
    arxla_database_url: SecretStr | None = None
    """Postgres for threads and checkpoints of the server (postgresql://…); by default they are kept in SQLite."""
    arxla_server_token: SecretStr | None = None
    """Whoever uses the server must show it; without one everybody is let in who can reach it."""
    arxla_upload_max_mb: int = Field(200, ge=1, le=100_000)
    """The largest dataset or paper that the web page accepts."""
    arxla_record: Path | None = None
    """Keep every model answer in this folder, to be replayed."""
    arxla_replay: Path | None = None
    """Answer model calls from this folder instead of asking a model."""
    ray_address: str | None = None
    """The Ray cluster of `--executor ray`; by default a Ray of this machine's own is started."""
    pjrt_device: str = "CPU"
    """The device behind the target xla, in PJRT's names: CPU, TPU, NEURON, CUDA."""
    dataset_name: str = ""
    """What the dataset is called in prompts and artefacts."""
    dataset_source: str = ""
    """Where the dataset comes from, in words."""
    chunk_processing_delay: float = Field(0.0, ge=0)
    """Seconds between two summaries of paper chunks; above 0 they are read one after another."""
    arxla_data_dir: Path | None = None
    """Local copies of the hub's datasets, a folder each."""
    arxla_papers_dir: Path = Path("papers")
    """The embedded index, its texts, and the cache of chunk summaries."""
    arxla_parallel_chunks: int | None = Field(None, ge=1, le=512)
    """Chunks that are read at the same time; by default 32, or 2 for a model on this machine or network."""
    arxla_tokens_per_minute: int | None = Field(None, ge=1)
    """The most tokens a minute of all models together, for the whole process; by default no bound of ours."""
    arxla_requests_per_minute: int | None = Field(None, ge=1)
    """The same for requests."""
    opensearch_url: str | None = None
    """Where papers are indexed, e.g. https://host:9200."""
    opensearch_index: str = "papers"
    """The index of papers."""
    opensearch_auth: Literal["auto", "none", "basic", "sigv4"] = "auto"
    """How to sign in; auto: basic with a name, SigV4 for addresses of AWS, else none."""
    opensearch_username: str | None = None
    """For basic."""
    opensearch_password: SecretStr | None = None
    """For basic."""
    opensearch_service: Literal["es", "aoss"] = "es"
    """For SigV4: a domain, or a serverless collection."""
    opensearch_timeout_s: float = Field(30.0, gt=0)
    """Seconds for one request."""
    opensearch_ca_certs: Path | None = None
    """A file with the certificate of the authority that OpenSearch's own certificate comes from."""
    papers_bucket: str | None = None
    """The S3 bucket of full texts, for index entries that name a key alone."""
    s3_endpoint_url: str | None = None
    """S3, or a server that speaks it."""
    arxla_paper_max_mb: int = Field(200, ge=1, le=100_000)
    """The largest paper that is read from S3, packed or unpacked."""
    arxla_arxiv_url: str = "https://export.arxiv.org/api/query"
    """Where arXiv is searched."""
    arxla_openalex_url: str = "https://api.openalex.org"
    """Where OpenAlex is searched."""
    openalex_mailto: str = ""
    """An address for OpenAlex's polite pool; optional."""
    openalex_api_key: SecretStr | None = None
    """Free; without one OpenAlex allows a few searches a day (since February 2026)."""
    arxla_offline: bool = False
    """Never search the web or a dataset hub."""
    hf_endpoint: str = "https://huggingface.co"
    """The dataset hub, or a mirror of it."""
    arxla_cache_dir: Path = Field(Path("~/.cache/arxla"), validate_default=True)
    """What was fetched from the dataset hub."""
    out: Path = Field(Path("results"), description="Where results go.")
    arxla_model_timeout_s: float = Field(150.0, gt=0)
    """Seconds for one model call."""
    arxla_model_attempts: int = Field(8, ge=1, le=50)
    """Attempts at one model call before the model counts as unavailable."""
    arxla_model_wait_s: float = Field(5.0, ge=0)
    """The first wait between two attempts; it doubles up to ARXLA_MODEL_MAX_WAIT_S."""
    arxla_model_max_wait_s: float = Field(120.0, ge=0)
    """The longest wait between two attempts, Retry-After aside."""
    arxla_model_max_output_tokens: int | None = Field(None, ge=64)
    """The longest answer; by default 16384, or 3072 for a server on this machine or network."""
    arxla_model_context_tokens: int | None = Field(None, ge=512)
    """Input and output tokens that a model takes together; by default what its server tells, or what is known of it."""
    task_variables: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """For each field of `Task` that the environment or `.env` sets: the variable's name and its text."""
    role_variables: dict[str, str] = Field(default_factory=dict)
    command_line: dict[str, Any] = Field(default_factory=dict)
    """Task fields given on the command line."""

    @field_validator("out", "arxla_cache_dir", mode="before")
    @classmethod
    def _expand(cls, value: str | Path) -> Path:
        return Path(value).expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Each level resolves its own names to fields, so that a lower level's alias can't jump a higher level."""
        env_file = getattr(dotenv_settings, "env_file", None)
        dotenv = dotenv_values(env_file) if env_file is not None and Path(env_file).is_file() else {}
        return init_settings, Variables(settings_cls, os.environ), Variables(settings_cls, dotenv)

    def task(self, **explicit: Any) -> Task:
        """Merge every level into a `Task`; None means not given. Raises `InputError` naming the variable or option."""
        values, origins = self._task_values({name: value for name, value in explicit.items() if value is not None})
        try:
            task = Task.model_validate(values)
        except ValidationError as error:
            raise InputError(_sentence(error, origins)) from None
        return task

    def _task_values(self, explicit: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {field: text for field, (_, text) in self.task_variables.items()}
        origins = {field: name for field, (name, _) in self.task_variables.items()}
        origins |= {name: f"--{name.replace('_', '-')}" for name in self.command_line} | {
            name: name for name in explicit
        }
        roles = _json_object(values.pop("models", "{}"), "ARXLA_MODELS") | self.role_variables
        for level in (self.command_line, explicit):
            roles |= level.get("models", {})
            values |= {name: value for name, value in level.items() if name != "models"}
        values.setdefault("model", self.default_model())
        if self.arxla_record is not None or self.arxla_replay is not None:  # a cached function asks no model
            values.setdefault("use_cache", False)
        if self.bedrock_chunk_model_id and str(values["model"]).startswith("bedrock_converse:"):
            roles.setdefault("chunk", f"bedrock_converse:{self.bedrock_chunk_model_id}")
        return values | {"models": roles}, origins

    def device_for(self, target: Target) -> str:
        """The device that a sandbox must let through for a target, in PJRT's names."""
        return {"cpu": "CPU", "cuda": "CUDA", "neuron": "NEURON"}.get(target, self.pjrt_device)

    def default_model(self) -> str:
        """The model that the seeds' variables ask for, or the expert."""
        if self.openai_model and (self.openai_api_key or self.openai_base_url):
            return f"openai:{self.openai_model}"
        return f"bedrock_converse:{self.bedrock_model_id}" if self.bedrock_model_id else "expert"

    def mask_secrets(self, text: str) -> str:
        """`text` with this user's secrets, and whatever looks like one, replaced: for logs, events and errors."""
        fields = [getattr(self, name) for name in type(self).model_fields]
        secrets = [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]
        addresses = [field for field in (*fields, *secrets) if isinstance(field, str) and "://" in field]
        for password in [password for address in addresses for password in PASSWORD.findall(address)]:
            secrets += [password, unquote(password)]
        return mask_secrets(text, secrets)


def load_settings(
    command_line: Mapping[str, Any] | None = None, *, env_file: Path | None = Path(".env"), **explicit: Any
) -> Settings:
    """Read every level once. `command_line` holds fields of `Task` or of `Settings`; None is "not given".

    Raises `InputError` when a value can't be used.
    """
    given = {name: value for name, value in (command_line or {}).items() if value is not None}
    tasks = {name: given.pop(name) for name in list(given) if name in Task.model_fields}
    try:
        return Settings(**{"_env_file": env_file, **given, **explicit, "command_line": tasks})
    except ValidationError as error:
        names = {name: VARIABLE_OF.get(name, name.upper()) for name in Settings.model_fields}
        raise InputError(_sentence(error, names)) from None


def _json_object(text: str | dict[str, Any], variable: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InputError(f'{variable} must be a JSON object from role to model, e.g. {{"coder": "openai:gpt-5"}}.')
    return value


def _sentence(error: ValidationError, origins: Mapping[str, str]) -> str:
    """The first fault of a validation as one sentence that names where the value came from."""
    fault = error.errors(include_url=False)[0]
    place = [str(part) for part in fault["loc"]]
    reason = fault["msg"].removeprefix("Value error, ")
    if not place:
        return f"{reason[0].upper()}{reason[1:]}."
    name = ".".join([origins.get(place[0], place[0]), *place[1:]])
    if fault["type"] == "extra_forbidden":
        return f"{name} is not a field of a task; the fields are {', '.join(Task.model_fields)}."
    shown = mask_secrets(str(fault["input"]))[:80]
    return f"{name}={shown!r} can't be used: {reason[0].lower()}{reason[1:]}."
