"""What an assistant may preset, with a schema that Studio shows as a form."""

from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from runtime.approval import Approval
from runtime.task import ExecutorName, Role, Target, Task

Json = dict[str, Any]
ROLE_NODES = {
    "intake": ["intake"],
    "researcher": ["recommend", "research"],
    "chunk": ["summarize"],
    "summarizer": ["brief"],
    "coder": ["code"],
    "reviewer": ["review"],
    "debugger": ["debug", "tune"],
}
OF_TASK = Task.model_json_schema()["properties"]


def _as_task(name: str, nodes: list[str], title: str = "", **more: Any) -> Any:
    """A field of `Task` that may be left out: its description, default and bounds, and the nodes that heed it.

    Bounds are the form's alone: what breaks them anyway is refused by intake, in a sentence.
    """
    told = {key: value for key, value in OF_TASK[name].items() if key != "anyOf"}
    for kind in OF_TASK[name].get("anyOf", []):
        told |= kind if kind.get("type") != "null" else {}
    if told.get("default", "") is None:
        del told["default"]
    return _field(told | {"title": title or name.replace("_", " ").capitalize(), "langgraph_nodes": nodes, **more})


def _model(role: Role) -> Any:
    who = "chunk reader" if role == "chunk" else role
    told = f"Another model for the {who}: provider:model, or expert."
    about = {"type": "string", "title": f"Model of the {who}", "description": told}
    return _field(about | {"langgraph_nodes": ROLE_NODES[role]})


def _field(schema: Json) -> Any:
    def replace(found: Json) -> None:
        found.clear()
        found.update(schema)

    extra: Callable[[Json], None] = replace
    return Field(default=None, json_schema_extra=extra)


class Context(BaseModel):
    """Presets of an assistant; a task's own words go first, the server's environment last.

    Never a secret: LangGraph copies these values into metadata.
    """

    model_config = ConfigDict(extra="forbid")

    model: str | None = _as_task("model", sorted({node for nodes in ROLE_NODES.values() for node in nodes}))
    intake_model: str | None = _model("intake")
    researcher_model: str | None = _model("researcher")
    chunk_model: str | None = _model("chunk")
    summarizer_model: str | None = _model("summarizer")
    coder_model: str | None = _model("coder")
    reviewer_model: str | None = _model("reviewer")
    debugger_model: str | None = _model("debugger")
    fallback_to_expert: bool | None = _as_task("fallback_to_expert", ["code", "review", "debug", "research"])
    goal: str | None = _as_task("goal", ["dataset", "recommend", "research", "code"], langgraph_type="prompt")
    target: Target | None = _as_task("target", ["code", "review", "execute", "tune", "finalize"])
    trials: int | None = _as_task("trials", ["tune"], "Tuning trials")
    tuner: str | None = _as_task("tuner", ["tune"])
    bo_sample: int | None = _as_task("bo_sample", ["execute", "tune"], "Rows of a trial")
    size_limit_kb: float | None = _as_task("size_limit_kb", ["code", "tune", "finalize"], "Size limit (KB)")
    max_rows: int | None = _as_task("max_rows", ["dataset"], "Most rows")
    candidates: int | None = _as_task("candidates", ["code"], "Candidate programs")
    debug_chances: int | None = _as_task("debug_chances", ["debug"])
    review_rounds: int | None = _as_task("review_rounds", ["review"])
    max_usd: float | None = _as_task("max_usd", ["approve_budget"], "Budget (USD)")
    max_tokens: int | None = _as_task("max_tokens", ["approve_budget"], "Budget (tokens)")
    max_minutes: float | None = _as_task("max_minutes", ["approve_budget"], "Budget (minutes)")
    paper_seconds: float | None = _as_task("paper_seconds", ["summarize", "brief"], "Model time of a paper (s)")
    approve: list[Approval] | None = _as_task(
        "approve", ["approve_dataset", "approve_code", "approve_budget"], "Ask me"
    )
    skip_literature_review: bool | None = _as_task("skip_literature_review", ["research"])
    use_cache: bool | None = _as_task("use_cache", ["code"], "Reuse cached code")
    executor: ExecutorName | None = _as_task("executor", ["execute", "tune", "finalize"])
    accelerate: bool | None = _as_task("accelerate", ["execute", "tune", "finalize"])
    seed: int | None = _as_task("seed", ["dataset", "execute", "tune", "finalize"])

    def presets(self) -> Json:
        """What was set, as fields of `Task`; a form's empty text is nothing."""
        given = {name: value for name, value in self.model_dump(exclude_none=True).items() if value != ""}
        models = {role: given.pop(f"{role}_model") for role in get_args(Role) if f"{role}_model" in given}
        return given | ({"models": models} if models else {})
