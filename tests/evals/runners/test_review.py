"""The review suite: the static rules for the expert, a model alone otherwise."""

import json
import threading
from pathlib import Path

from openai_server import OpenAIServer
from scripted_server import Say

from evals.contracts import Place
from evals.review import corpus
from evals.runners.review import opened
from evals.scorers import review as scorers
from evals.suites import load_suite
from runtime.settings import load_settings


def place(tmp_path: Path) -> Place:
    return Place(load_settings(env_file=None, openai_api_key="sk-x"), tmp_path, threading.Event())


def test_rules_score_as_the_corpus_says(tmp_path: Path) -> None:
    suite = load_suite("review")
    assert len(suite.cases) == len(corpus())
    wanted = {"missing_math", "mlp_loader"}
    with opened(place(tmp_path)) as run:
        told = {case.id: (case, run(case, 0, "expert")) for case in suite.cases if case.id in wanted}
    for case, output in told.values():
        scores = {scorer.__name__: scorer(case, output) for scorer in scorers.SCORERS}
        assert scores["told_apart"] == 1.0 and scores["precision"] in (None, 1.0) and scores["recall"] in (None, 1.0)
    assert scorers.errors_mended(*told["missing_math"]) == 1.0
    assert scorers.recall(*told["mlp_loader"]) is None


def test_a_model_is_judged_by_what_it_sees_and_mends(tmp_path: Path) -> None:
    (program,) = (one for one in corpus() if one.name == "missing_math")
    case = next(case for case in load_suite("review").cases if case.id == program.name)
    issue = {"issues": [{"severity": "error", "message": "math is not imported"}]}
    answer = f"```json\n{json.dumps(issue)}\n```\n```python\nimport math\n{program.source}```"
    with OpenAIServer(*[Say(answer)] * 3) as server, opened(place(tmp_path)) as run:
        output = run(case, 0, f"openai:m@{server.base_url}")
    assert scorers.told_apart(case, output) == 1.0 and scorers.errors_mended(case, output) == 1.0
    assert scorers.recall(case, output) is None and output["usage"]
