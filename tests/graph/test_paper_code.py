"""Code for a paper: criteria go back to the coder within bounds, and several candidates are tried."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END

from agents.contracts import CodeRequest, ReviewAnswer, ReviewRequest
from agents.registry import Agents
from graph import routing
from graph.context import Context
from graph.criteria import moved, unmet, unmet_sentence, worth
from graph.nodes import code, dataset, review
from graph.record import record_of
from graph.services import Services
from graph.stage import Halt, Stage
from runtime.box.protocol import Sandbox
from runtime.errors import BudgetExhausted, Cancelled, ModelUnavailable, SandboxUnavailable, UnusableAnswer
from runtime.models.usage import Ledger
from runtime.outcome import Outcome
from runtime.settings import load_settings
from runtime.task import Task
from runtime.training_function import TrainingFunction
from tests.agents.papers import make_brief
from tests.graph.scripts import CODE, Script
from tools.papers.brief import NOT_JUDGED, NOT_RECOGNISED, CriterionVerdict
from tools.results.folder import RunFolder

BLOCKED = CODE.replace(
    "    model.eval()", '    __import__("socket").create_connection(("10.0.0.1", 80))\n        model.eval()'
)
BROKEN = CODE.replace("nn.Linear(X_train.shape[1], width)", "nn.Linear(3, width)")
POOR = CODE.replace("range(10)", "range(1)").replace("lr=lr", "lr=lr * 1e-6")
CRITERIA = make_brief().criteria


def judged(*verdicts: str, note: str = "") -> list[CriterionVerdict]:
    pairs = zip(CRITERIA, verdicts, strict=True)
    return [CriterionVerdict(id=one.id, verdict=verdict, note=note) for one, verdict in pairs]  # type: ignore[arg-type]


def answer(*verdicts: str, **others: Any) -> ReviewAnswer:
    return ReviewAnswer(criteria=judged(*verdicts), **others)


class Rig:
    """The stages code and review of one run with a paper, driven as the graph drives them."""

    def __init__(self, tmp_path: Path, sandbox: Callable[..., Any], **task: Any) -> None:
        self.asked_models: list[str] = []
        self.script = Script()
        self.services = Services(
            load_settings(env_file=None), results=tmp_path / "results", functions=tmp_path / "functions",
            reviews=tmp_path / "reviews", make_agents=self._agents, open_sandbox=sandbox,
        )  # fmt: skip
        given = {"dataset": "wine", "paper": "p.txt", "target": "cpu", "use_cache": False, "review_rounds": 1, **task}
        RunFolder.create(self.services.results, "run")
        self.events: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {
            "task": Task(**given).model_dump(mode="json"), "run_id": "run", "started": "2026-11-20T10:00:00+00:00",
            "dataset": "wine", "paper": {"id": "p", "sha256": "ab12"}, "brief": make_brief().model_dump(mode="json"),
        }  # fmt: skip
        self.visit(dataset)

    def _agents(self, task: Task, *_: Any, **__: Any) -> Agents:
        self.asked_models.append(task.model_for("coder"))
        return Agents(*[self.script] * 7)

    def visit(self, stage: Any) -> None:
        at = Stage("s", self.state, Context(), self.services, self.events.append, Halt(None))  # type: ignore[arg-type]
        update = stage.run(at)
        for name in ("reviews", "warnings"):
            if name in update:
                update[name] = [*self.state.get(name, []), *update[name]]
        self.state.update(update)

    def run(self, **script: list[Any]) -> str:
        """Code and review until the graph would go elsewhere; where to."""
        self.script = Script(**script)
        for _ in range(8):
            self.visit(code)
            self.visit(review)
            following = routing.after_review(self.state)  # type: ignore[arg-type]
            if following != "code":
                assert self.script.answers["coder"] == [] and not self.script.answers.get("reviewer")
                return following
        raise AssertionError("the loop has no end")

    def verdicts(self) -> list[str]:
        return [line["verdict"] for line in self.state["criteria"]]

    def requests(self, kind: type) -> list[Any]:
        return [one for one in self.script.asked if isinstance(one, kind)]

    @property
    def code(self) -> str:
        return self.services.functions.load(self.services.results / "run" / self.state["function_file"]).training_code


@pytest.fixture
def rig(tmp_path: Path) -> Callable[..., Rig]:
    def no_box(*_: Any) -> Sandbox:
        raise SandboxUnavailable("nothing is run here")

    return lambda **task: Rig(tmp_path, no_box, **task)


def test_unmet_criteria_go_back_with_their_words_and_the_better_version_goes_on(rig: Callable[..., Rig]) -> None:
    at = rig()
    answers = [answer("met", "not", "met"), answer("met", "met", "met")]
    assert at.run(coder=[CODE, CODE + "# 2\n"], reviewer=answers) == "execute"
    first, second = at.requests(CodeRequest)
    assert first.brief == second.brief == make_brief() and first.feedback == []
    assert second.feedback == [
        "criterion C2 is not met: Every convolution is followed by batch normalisation and ReLU."
    ]
    assert second.previous.training_code == CODE and at.requests(ReviewRequest)[0].brief == make_brief()
    assert at.verdicts() == ["met", "met", "met"] and at.code.endswith("# 2\n")


def test_rewrites_for_criteria_are_bounded_and_never_end_a_run(rig: Callable[..., Rig]) -> None:
    at = rig()
    codes = [CODE, CODE + "# 2\n", CODE + "# 3\n"]
    worse = [answer("met", "not", "not"), answer("met", "met", "not"), answer("not", "not", "not")]
    assert at.run(coder=codes, reviewer=worse) == "execute"
    assert at.verdicts() == ["met", "met", "not"] and at.code.endswith("# 2\n"), "the best version is kept"
    record = record_of(at.state, Ledger(None))  # type: ignore[arg-type]
    assert record.outcome is None and any(
        "meets 2 of the paper's 3 criteria; not met: C3" in w for w in record.warnings
    )


def test_partly_goes_back_once(rig: Callable[..., Rig]) -> None:
    at = rig()
    partly = answer("partly", "met", "met")
    assert at.run(coder=[CODE, CODE + "# 2\n"], reviewer=[partly, partly]) == "execute"
    assert at.state["rewrites"] == 1


def test_a_rewrite_that_gets_blocked_does_not_lose_the_version_before(rig: Callable[..., Rig]) -> None:
    at = rig()
    answers = [answer("met", "not", "met"), answer("met", "met", "met"), answer("met", "met", "met")]
    assert at.run(coder=[CODE, BLOCKED, BLOCKED], reviewer=answers) == "execute"
    assert at.code == CODE and at.verdicts() == ["met", "not", "met"] and not at.state.get("outcome")


def test_blocked_code_without_an_accepted_version_is_rejected_as_before(rig: Callable[..., Rig]) -> None:
    at = rig()
    assert at.run(coder=[BLOCKED] * 3, reviewer=[answer("met", "met", "met")] * 3) == END
    assert at.state["outcome"] == Outcome.REVIEW_REJECTED


@pytest.mark.parametrize("fault", [UnusableAnswer("prose"), ModelUnavailable("down"), BudgetExhausted("spent")])
def test_a_coder_who_can_not_answer_again_leaves_the_accepted_version(
    rig: Callable[..., Rig], fault: Exception
) -> None:
    at = rig()
    assert at.run(coder=[CODE, fault], reviewer=[answer("met", "not", "met")]) == "execute"
    assert at.code == CODE and any(str(fault) in text for text in at.state["warnings"])
    with pytest.raises(Cancelled):
        rig().run(coder=[CODE, Cancelled("x")], reviewer=[answer("met", "not", "met")])


def test_rules_what_is_not_judged_and_mended_code_cause_no_rewrite(
    rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = ReviewAnswer(criteria=judged("not", "not", "not", note=NOT_JUDGED))
    assert rig().run(coder=[CODE], reviewer=[silent]) == "execute"
    mended = rig()
    mended.state["tried"] = [{"correction": {}}]
    assert mended.run(coder=[CODE], reviewer=[answer("not", "not", "not")]) == "execute"
    assert mended.verdicts() == ["not"] * 3
    write = Script.write
    monkeypatch.setattr(Script, "write", lambda self, request: by_rule(write(self, request)))
    ruled = rig()
    assert ruled.run(coder=[CODE], reviewer=[answer("not", "met", "not")]) == "execute"
    assert "not met: C1" in record_of(ruled.state, Ledger(None)).warnings[-1]  # type: ignore[arg-type]


def by_rule(function: TrainingFunction) -> TrainingFunction:
    return function.model_copy(update={"metadata": {**function.metadata, "generated_by": "expert (rule-based)"}})


def test_verdicts_follow_their_lines_through_a_correction(rig: Callable[..., Rig]) -> None:
    at = rig()
    verdicts = [CriterionVerdict(id=one.id, verdict="met", lines=[2, 7]) for one in CRITERIA]
    corrected = "# a note\n" + CODE.replace("width = int", "width = 1 * int")
    answers = [ReviewAnswer(criteria=verdicts, training_code=corrected)]
    assert at.run(coder=[CODE], reviewer=answers) == "execute"
    assert at.state["criteria"][0]["lines"] == [3]
    assert at.code.split("\n")[2].endswith("# C1, C2, C3"), "cited where the reviewer saw it"
    assert moved(verdicts, CODE, CODE) == verdicts


def test_what_criteria_mean_in_words() -> None:
    verdicts = judged("met", "partly", "not")
    assert worth(verdicts) == 1.5
    assert [line.split(":")[0] for line in unmet(CRITERIA, verdicts, [])] == [
        "criterion C2 is met only in part", "criterion C3 is not met",
    ]  # fmt: skip
    assert [line.split(":")[0] for line in unmet(CRITERIA, verdicts, verdicts)] == ["criterion C3 is not met"]
    assert unmet_sentence(CRITERIA, verdicts) == (
        "The code meets 1 of the paper's 3 criteria; not met: C3 Training uses Adam with a learning rate of 0.001; "
        "met in part: C2 Every convolution is followed by batch normalisation and ReLU"
    )
    assert unmet_sentence(CRITERIA, judged("met", "met", "met")) == unmet_sentence(CRITERIA, []) == ""
    assert "meets 0 of the paper's 3 criteria; not judged: C1 " in unmet_sentence(
        CRITERIA, judged("not", "not", "not", note=NOT_RECOGNISED)
    )


def test_code_for_one_paper_is_not_reused_for_another(rig: Callable[..., Rig]) -> None:
    at = rig(use_cache=True)
    fine = answer("met", "met", "met")
    at.run(coder=[CODE], reviewer=[fine])
    at.run(coder=[], reviewer=[fine])
    assert at.state["function"]["generated_by"].startswith("cached")
    at.state["paper"] = {"id": "q", "sha256": "ff00"}
    at.run(coder=[CODE + "# other\n"], reviewer=[fine])
    del at.state["paper"], at.state["brief"]
    at.run(coder=[CODE + "# none\n"], reviewer=[fine])


@pytest.fixture
def boxed(tmp_path: Path, sandbox: Sandbox) -> Callable[..., Rig]:
    return lambda **task: Rig(tmp_path, lambda *_: sandbox, **task)


@pytest.mark.box
def test_the_best_measured_candidate_goes_on_and_each_is_kept(boxed: Callable[..., Rig]) -> None:
    models = ["openai:a", "openai:b"]
    at = boxed(candidates=6, candidate_models=models, bo_sample=100)
    codes = [BROKEN, BLOCKED, POOR, CODE, CODE, UnusableAnswer("prose")]
    write = Script.write
    at.script = Script(coder=codes, reviewer=[answer("met", "not", "met")] * 9)

    def by_number(self: Script, request: CodeRequest) -> TrainingFunction:
        return write(self, request).model_copy(update={"model_name": f"m{request.candidate}"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Script, "write", by_number)
        patch.setattr("graph.candidates.WRITERS", 1)
        at.visit(code)
    found = {one["number"]: one for one in at.state["candidates"]}
    assert [found[number]["outcome"] for number in range(6)] == [
        "failed", "blocked", "ran", "ran", "same as another", "not written",
    ]  # fmt: skip
    assert [found[number]["model"] for number in range(6)] == models * 3
    assert [one["number"] for one in found.values() if one["chosen"]] == [3] and at.code == CODE
    assert found[3]["score"] > found[2]["score"] and found[3]["criteria_met"] == 2 and found[3]["size_kb"] > 0
    assert "shapes" in found[0]["reason"] and "SEC" in found[1]["reason"] and "prose" in found[5]["reason"]
    assert {one.candidate for one in at.requests(CodeRequest)} == {0, 1, 2}
    folder = at.services.results / "run" / "code-generation"
    assert len(list(folder.glob("*_candidate-*.py"))) == 5 and len(list(folder.glob("*.py"))) == 6
    stage = Stage("s", at.state, Context(), at.services, at.events.append, Halt(None))  # type: ignore[arg-type]
    assert code.writer(stage) == "openai:b"
    record_of(at.state, Ledger(None))  # type: ignore[arg-type]


@pytest.mark.box
def test_when_all_candidates_fail_the_best_reviewed_one_goes_to_the_debugger(boxed: Callable[..., Rig]) -> None:
    at = boxed(candidates=2)
    at.script = Script(coder=[BLOCKED, BROKEN], reviewer=[answer("met", "met", "met")])
    at.visit(code)
    assert at.code == BROKEN and [one["outcome"] for one in at.state["candidates"]] == ["blocked", "failed"]


@pytest.mark.box
def test_a_node_that_was_killed_asks_only_for_the_candidates_that_are_not_kept_yet(boxed: Callable[..., Rig]) -> None:
    at = boxed(candidates=3, review_rounds=0, bo_sample=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.candidates.WRITERS", 1)
        at.script = Script(coder=[POOR, CODE, KeyboardInterrupt()])
        with pytest.raises(KeyboardInterrupt):
            at.visit(code)
        at.script = Script(coder=[BLOCKED])
        at.visit(code)
    assert [one.candidate for one in at.requests(CodeRequest)] == [2] and at.code == CODE
    assert [one["outcome"] for one in at.state["candidates"]] == ["ran", "ran", "blocked"]
    assert len(list((at.services.results / "run" / "code-generation").glob("*_candidate-*.json"))) == 3


def test_candidates_that_can_not_be_written_end_as_one_would(rig: Callable[..., Rig]) -> None:
    at = rig(candidates=3)
    at.script = Script(coder=[UnusableAnswer("prose"), ModelUnavailable("down"), UnusableAnswer("prose")])
    with pytest.raises((UnusableAnswer, ModelUnavailable)):
        at.visit(code)


@pytest.mark.box
def test_time_that_is_short_leaves_candidates_out(boxed: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    at = boxed(candidates=3)
    at.script = Script(coder=[CODE])
    monkeypatch.setattr("graph.candidates._end", lambda _: 0.0)
    at.visit(code)
    assert at.code == CODE
    assert [one["outcome"] for one in at.state["candidates"]] == ["not tried", "not written", "not written"]


@pytest.mark.box
def test_several_candidates_are_written_anew_whatever_the_cache_holds(boxed: Callable[..., Rig]) -> None:
    at = boxed(use_cache=True, candidates=2, review_rounds=0, bo_sample=100)
    for run in ("run", "another"):
        RunFolder.create(at.services.results, run)
        at.state["run_id"] = run
        at.script = Script(coder=[POOR, CODE])
        at.visit(code)
    assert "best of 2 candidates" in at.state["note"] and len(list(at.services.functions.folder.glob("*.json"))) == 2


def test_one_candidate_is_written_as_ever(rig: Callable[..., Rig]) -> None:
    at = rig(candidates=1)
    assert at.run(coder=[CODE], reviewer=[answer("met", "met", "met")]) == "execute"
    assert "candidates" not in at.state
