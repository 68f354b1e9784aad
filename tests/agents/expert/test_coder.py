"""The coder chooses by the profile, keeps to the limit, gives reasons, and writes clean self-contained text."""

import ast
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.contracts import CodeRequest
from agents.expert import ExpertCoder
from agents.expert.coder import rank
from agents.expert.families import FAMILIES
from agents.expert.families.family import patches
from agents.expert.rendering import render
from agents.expert.sizing import kilobytes
from runtime.errors import InputError
from runtime.search_space import CategoricalParameter, defaults

KINDS = ("table", "regression", "sequence", "image", "text", "language")
FIRST = {
    "table": "mlp", "regression": "mlp", "sequence": "cnn1d", "image": "cnn2d", "text": "bag_of_tokens",
    "language": "language_model",
}  # fmt: skip
ALLOWED_IMPORTS = {"math", "abc", "collections", "typing", "torch", "torch_xla", "numpy"}


def write(profile, kind, **changes):
    facts = {name: changes.pop(name) for name in list(changes) if name not in CodeRequest.model_fields}
    return ExpertCoder().write(CodeRequest(profile=profile(kind, **facts), **changes))


@pytest.mark.parametrize("kind", KINDS)
def test_the_profile_decides(kind, profile):
    function = write(profile, kind)
    assert function.metadata["family"] == FIRST[kind]
    assert function.metadata["generated_by"] == "expert (rule-based)"
    assert {"api_model", "version", "target", "constraints"} <= set(function.metadata)
    assert len(function.metadata["reasons"]) >= 2
    assert 0.3 < function.confidence < 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_stands_alone(kind, profile):
    for candidate in rank(CodeRequest(profile=profile(kind))):
        code = write(profile, kind, goal=candidate.family.words[0]).training_code
        tree = ast.parse(code)
        roots = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        roots |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert roots <= ALLOWED_IMPORTS
        assert "type: ignore" not in code
        assert "agents" not in code
        header = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "train_model")
        assert [a.arg for a in header.args.args] == ["X_train", "y_train", "X_val", "y_val", "device"]
        assert header.args.kwarg.arg == "hyperparams"


def test_written_text_is_lint_clean(profile, tmp_path):
    for kind in KINDS:
        for number, candidate in enumerate(rank(CodeRequest(profile=profile(kind)))):
            path = tmp_path / f"{kind}_{number}.py"
            path.write_text(write(profile, kind, goal=candidate.family.words[0]).training_code)
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,W,I",
        "--line-length",
        "120",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [8, 24, 64, 256])
def test_the_upper_end_of_the_space_fits_at_eight_bits(kind, limit, profile):
    for candidate in rank(CodeRequest(profile=profile(kind), size_limit_kb=limit)):
        upper = {
            name: parameter.categories[-1]
            for name, parameter in candidate.sizing.space.items()
            if isinstance(parameter, CategoricalParameter) and name != "quantization_bits"
        }
        values = candidate.family.stored_values(profile(kind), upper)
        assert kilobytes(values, 8) <= limit
        bits = candidate.sizing.space["quantization_bits"]
        assert bits.default in bits.categories
        assert candidate.sizing.default_kb <= limit


def test_every_space_has_precision_and_defaults_in_the_code(profile):
    for kind in KINDS:
        function = write(profile, kind)
        assert set(function.bo_config["quantization_bits"].categories) <= {8, 16, 32}
        assert 8 in function.bo_config["quantization_bits"].categories
        literal = next(n for n in ast.parse(function.training_code).body if isinstance(n, ast.AnnAssign))
        module = ast.literal_eval(literal.value)
        expected = {name: value for name, value in defaults(function.bo_config).items() if name != "quantization_bits"}
        assert {name: module[name] for name in expected} == expected


def test_an_impossible_limit_names_the_least(profile):
    with pytest.raises(InputError, match=r"fits in 0\.5 KB; the smallest .* takes about [\d.]+ KB"):
        write(profile, "image", size_limit_kb=0.5)


def test_a_narrow_limit_takes_the_linear_model(profile):
    assert write(profile, "table", size_limit_kb=1.1).metadata["family"] == "linear"


def test_unreadable_samples_are_named(profile):
    with pytest.raises(InputError, match="no network for samples of shape"):
        write(profile, "text", vocabulary_size=None)


@pytest.mark.parametrize(
    ("kind", "goal", "family"),
    [
        ("sequence", "a transformer for heartbeats", "transformer"),
        ("sequence", "an LSTM please", "attention"),
        ("image", "just a linear model", "linear"),
        ("text", "use a transformer", "text_transformer"),
        ("table", "transformer", "mlp"),
    ],
)
def test_the_goal_is_heeded_where_it_can_be(kind, goal, family, profile):
    assert write(profile, kind, goal=goal).metadata["family"] == family


def test_recurrences_are_replaced_and_that_is_said(profile):
    reasons = " ".join(write(profile, "sequence", goal="bilstm").metadata["reasons"])
    assert "stand in for a recurrence" in reasons


def test_the_literature_tips_a_close_choice(profile):
    function = write(profile, "sequence", recommended_approach="attention over convolutional features")
    assert function.metadata["family"] == "attention"


def test_tiny_and_fast(profile):
    usual, tiny = write(profile, "image"), write(profile, "image", goal="a tiny model")
    assert tiny.bo_config["width"].default < usual.bo_config["width"].default
    fast = write(profile, "image", goal="fast")
    assert fast.bo_config["epochs"].default < usual.bo_config["epochs"].default


def test_sent_back_functions_bring_the_next_family(profile):
    first = write(profile, "sequence")
    second = write(profile, "sequence", previous=first, feedback=["XLA007 line 3: too slow"])
    third = write(profile, "sequence", previous=second)
    assert len({f.metadata["family"] for f in (first, second, third)}) == 3
    assert first.confidence > second.confidence > third.confidence
    assert any("XLA007" in reason for reason in second.metadata["reasons"])


def test_pixel_columns_are_read_as_an_image(profile):
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    function = write(profile, "table", shape=(900, 64), feature_count=64, feature_names=names)
    assert function.metadata["family"] == "cnn2d"
    assert "INPUT_SHAPE = (1, 8, 8)" in function.training_code
    shuffled = write(profile, "table", shape=(900, 64), feature_count=64, feature_names=names[::-1])
    assert shuffled.metadata["family"] == "mlp"


def test_confidence_is_lower_for_odd_data(profile):
    usual = write(profile, "table", sample_count=2000).confidence
    few = write(profile, "table", sample_count=60).confidence
    unmarked = write(profile, "table", sample_count=2000, is_tabular=False).confidence
    assert few < usual
    assert unmarked < usual


def test_an_unknown_constant_is_refused():
    with pytest.raises(KeyError, match="NO_SUCH"):
        render("mlp", "classification", {"NO_SUCH": 1}, {})


@given(length=st.integers(4, 5000), wanted=st.integers(2, 64))
def test_patches_divide(length, wanted):
    size, padding = patches(length, wanted)
    assert (length + padding) % size == 0
    assert 0 <= padding < size


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    channels=st.integers(1, 12),
    length=st.integers(8, 3000),
    classes=st.integers(2, 50),
    limit=st.sampled_from([16, 64, 256]),
)
def test_any_signal_gets_a_function_or_a_sentence(channels, length, classes, limit, profile):
    facts = profile("sequence", shape=(500, channels, length), feature_count=channels * length, num_classes=classes)
    try:
        function = ExpertCoder().write(CodeRequest(profile=facts, size_limit_kb=limit))
    except InputError as error:
        assert "KB" in str(error)
        return
    compile(function.training_code, "written", "exec")
    assert function.metadata["family"] in {family.name for family in FAMILIES}


def test_later_candidates_are_the_next_best_families(profile):
    names = [write(profile, "sequence", candidate=number).metadata["family"] for number in range(3)]
    assert names[0] == FIRST["sequence"] and len(set(names)) == 3
    assert write(profile, "sequence", candidate=500).training_code
