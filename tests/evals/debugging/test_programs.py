"""The corpus by its headers: what there is of each kind, and that every program and twin can be built."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from evals.debugging.language import WORDS, write_language
from evals.debugging.programs import CATEGORIES, CORPUS, Program, chance, corpus, read_program
from runtime.outcome import StopCause
from runtime.search_space import parse_search_space
from tools.execution.hyperparameters import repair

PROGRAMS = corpus()
KINDS = {"bo_config", "training_code", "system_issue"}


def test_there_are_enough_of_each_kind() -> None:
    assert len(PROGRAMS) >= 40
    categories = Counter(program.category for program in PROGRAMS)
    assert set(categories) == set(CATEGORIES) and min(categories.values()) >= 3
    held_out = Counter(program.category for program in PROGRAMS if program.part == "held_out")
    assert set(held_out) == set(CATEGORIES), "every category has a program that nobody tuned on"
    assert sum(held_out.values()) * 3 >= len(PROGRAMS) - 2
    assert {program.target for program in PROGRAMS} >= {"cpu", "xla"}
    assert len({program.data for program in PROGRAMS}) >= 8
    assert {kind for program in PROGRAMS for kind in program.expect} == KINDS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_header_is_complete(program: Program) -> None:
    assert "train_model" in {node.name for node in ast.walk(ast.parse(program.source)) if hasattr(node, "name")}
    assert set(program.expect) <= KINDS and program.about
    assert program.fails.split(",")[0] in ("smoke run", "execution", "size limit")
    space = parse_search_space(program.space)
    repair({}, space)
    system = program.expect[0] == "system_issue"
    assert bool(program.cause) is system and (not system or StopCause(program.cause))
    assert program.has_twin is not system, "what can be repaired has a twin, and nothing else"
    if program.has_twin:
        assert program.learns_from is not None and program.twin_score is not None
        assert program.twin_score > program.learns_from, "the twin was measured and learns"
        code, held = program.source, json.dumps(program.space)
        for wrong, _ in program.mends:
            assert (wrong in code) or (wrong in held), wrong


def test_programs_are_not_copies_of_one_template() -> None:
    lines = {program.name: {line.strip() for line in program.source.splitlines() if len(line.strip()) > 25}
             for program in PROGRAMS}  # fmt: skip
    for name, own in lines.items():
        nearest = max(len(own & other) / len(own) for other_name, other in lines.items() if other_name != name)
        assert nearest < 0.65, name


def test_a_program_tells_nothing_of_its_fault() -> None:
    for program in PROGRAMS:
        assert program.about not in program.source and "# category" not in program.source


def test_a_header_that_lacks_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tuned").mkdir()
    file = tmp_path / "tuned" / "one.py"
    whole = (CORPUS / "tuned" / "key_hyperparameter.py").read_text()
    file.write_text(whole.replace("# category: wrong key\n", ""))
    with pytest.raises(ValueError, match="category"):
        read_program(file)


def test_the_language_is_learnable_and_the_same_each_time(tmp_path: Path) -> None:
    one, other = write_language(tmp_path / "one"), write_language(tmp_path / "other")
    for name in ("X_train", "y_val"):
        files = [Path(data.folder, f"{name}.npy").read_bytes() for data in (one, other)]
        assert files[0] == files[1]
    assert -WORDS < chance(one) < -WORDS / 3
