"""Suites as files: what comes with arxla loads, and what is wrong with a user's is said with its line."""

from pathlib import Path

import pytest

from evals.scorers import less_is_better, required_of, scorers_of
from evals.suites import known_suites, load_suite
from runtime.errors import InputError


@pytest.mark.parametrize("name", known_suites())
def test_every_suite_that_comes_with_arxla_loads(name: str) -> None:
    suite = load_suite(name)
    assert suite.name == name and suite.description and suite.cases
    scorers = scorers_of(suite.kind)
    assert set(required_of(suite.kind)) <= scorers.keys()
    assert all(scorer.__doc__ for scorer in scorers.values())


def test_defaults_are_in_every_case_and_give_way_to_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nkind: dataset\ndefaults: {target: cpu, trials: 2}\nscorers: [usd, success]\n"
        "cases:\n  - {id: a, given: {dataset: wine, trials: 0}}\n"
    )
    suite = load_suite(str(path))
    assert suite.cases[0].given == {"target": "cpu", "trials": 0, "dataset": "wine"}
    assert list(scorers_of(suite.kind, suite.scorers)) == ["usd", "success"]


BAD = {
    "name: x\nkind: dataset\ncases:\n  - id: a\n   b": "line 5, is not YAML",
    "just text": "is no suite",
    "": "is no suite",
    "name: x\nkind: dataset\ncases:\n  - id: a\n    givn: {}\n": "line 5: cases.0.givn is not known; the fields are id",
    "name: x\nkind: datset\ncases:\n  - id: a\n": "line 2: kind can't be used",
    "name: x\nkind: dataset\nsuites: []\n": "line 3: suites is not known; the fields are name",
    "kind: dataset\ncases: []": "name can't be used",
    "name: x\nkind: dataset\n": "has no cases",
    "name: x\nkind: dataset\ncases: [{id: a}, {id: a}]": "several cases named 'a'",
    "name: x\nkind: dataset\ncases: [{id: ../a}]": "line 3: cases.0.id can't be used",
    "name: x\nkind: dataset\nscorers: [beauty]\ncases: [{id: a}]": "'beauty' is no scorer of the kind dataset",
    "name: x\nkind: dataset\ncases_from: no.such:thing": "cases_from 'no.such:thing' names no function",
    "name: x\nkind: dataset\nseeds: []\ncases: [{id: a}]": "line 3: seeds can't be used",
    "name: x\nkind: dataset\na: &a [*a]": "holds more than",
    "name: x\nkind: dataset\ncases:\n - {id: a, given: &a {a: *a}}": "holds more than",
    "name: x\nkind: dataset\na: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
    "f: [*e,*e,*e,*e,*e,*e]": "holds more than",
    "name: x\nkind: dataset\ncases_from: os:getcwd": "gives no list of cases",
    "name: x\nkind: dataset\ncases_from: json:dumps": "names no function",
    "name: x\nkind: dataset\ncases:\n  - id: a\n    given:\n      trails: 2": "line 6: cases.0.given.trails is not",
    "name: x\nkind: dataset\ncases:\n  - {id: a, given: {dataset: d, trials: many}}": "given.trials can't be used",
    "name: x\nkind: dataset\ncases:\n  - {id: a, given: {trials: 2}}": "nothing was named to work on",
    "name: x\nkind: dataset\ncases:\n  - {id: a, given: {dataset: d, seed: 2}}": "seed is not a case's to give",
    "name: x\nkind: dataset\ncases:\n  - {id: a, given: {dataset: d}, expected: {scroe: 1}}": "expected.scroe is not",
    "name: x\nkind: paper\ncases:\n  - {id: a, given: {paper: d}, expected: {score: high}}": "expected.score can't be",
    "name: x\nkind: literature\ncases:\n  - {id: a, given: {papers: 5}}": "cases.0.given.papers can't be used",
    "name: x\nkind: debug\ncases:\n  - {id: a}": "cases.0.given.program can't be used: field required",
    "name: x\nkind: recommendation\ncases:\n  - {id: a}": "no text and no file",
    "name: \0": "is not YAML",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_suite_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        load_suite(str(path))
    assert BAD[text] in str(refused.value) and str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_a_fault_of_a_corpus_s_case_is_said_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: x\nkind: debug\ndefaults: {max_minuts: 1}\ncases:\n"
        "  - {id: a, given: {program: a}, expected: {kinds: []}}\n"
        "cases_from: evals.runners.debug:cases"
    )
    with pytest.raises(InputError, match=r"max_minuts is not known; the fields are program, debug_chances"):
        load_suite(str(path))
    path.write_text(path.read_text().replace("max_minuts: 1", "").replace("debug:cases", "review:cases"))
    with pytest.raises(InputError, match=r"line 4: cases\.1\.expected"):
        load_suite(str(path))


def test_an_unknown_name_is_answered_with_the_closest() -> None:
    with pytest.raises(InputError, match=r"no suite 'smokes': did you mean smoke\?"):
        load_suite("smokes")
    with pytest.raises(InputError, match=r"there are .*smoke"):
        load_suite("zzz")


def test_which_way_is_better_is_in_the_name() -> None:
    assert all(map(less_is_better, ("seconds", "usd", "tokens", "model_kb", "debug_rounds")))
    assert not any(map(less_is_better, ("success", "lead", "measured_score", "rounds_won_share")))
