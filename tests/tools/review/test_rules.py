"""Each rule against its own two examples."""

import pytest

from runtime.search_space import parse_search_space
from tools.review import review_code
from tools.review.examples import bad_module, good_module
from tools.review.rule import Rule
from tools.review.rules import RULES


def _target(rule: Rule) -> str:
    return "xla" if "xla" in rule.targets else sorted(rule.targets)[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_bad_example_breaks_exactly_its_rule(rule: Rule) -> None:
    example = rule.example
    space = parse_search_space(example.bo_config) if example.bo_config else None
    found = review_code(bad_module(example), _target(rule), space, list(example.constraints), frozenset({rule.id}))
    assert {finding.rule for finding in found} == {rule.id}, [f"{f.rule} {f.line} {f.message}" for f in found]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_good_example_breaks_nothing(rule: Rule) -> None:
    example = rule.example
    space = parse_search_space(example.bo_config) if example.bo_config else None
    found = review_code(
        good_module(example), _target(rule), space, list(example.good_constraints), frozenset({rule.id})
    )
    assert found == [], [f"{f.rule} {f.line} {f.message}" for f in found]


def test_ids_are_unique_and_many() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 40
