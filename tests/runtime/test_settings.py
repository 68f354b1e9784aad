"""Who wins when several levels speak, and what is said when one of them is wrong."""

from pathlib import Path

import pytest

from runtime.errors import InputError
from runtime.secrets import mask_secrets
from runtime.settings import ROLE_VARIABLES, TASK_VARIABLES, Settings, load_settings
from runtime.task import Task


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*TASK_VARIABLES, *ROLE_VARIABLES, *(name.upper() for name in Settings.model_fields), "ARXLA_OUT"]
    for name in names:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("ARXLA_TRIALS=1\nARXLA_DATASET=digits\n")
    return path


def test_each_level_hides_the_ones_below(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(env_file=None).task(dataset="digits").trials == 10
    assert load_settings(env_file=env_file).task().trials == 1
    monkeypatch.setenv("ARXLA_TRIALS", "2")
    assert load_settings(env_file=env_file).task().trials == 2
    command_line = load_settings({"trials": 3, "seed": None}, env_file=env_file)
    assert command_line.task().trials == 3
    assert command_line.task(trials=4).trials == 4
    assert command_line.task(trials=None).trials == 3


def test_a_lower_levels_alias_does_not_jump_a_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".env"
    path.write_text("ARXLA_DEBUG_CHANCES=9\n")
    monkeypatch.setenv("DEBUG_CHANCES", "2")
    assert load_settings(env_file=path).task(dataset="digits").debug_chances == 2


def test_within_a_level_the_arxla_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BO_SAMPLE_NUM", "70")
    assert load_settings(env_file=None).task(dataset="digits").bo_sample == 70
    monkeypatch.setenv("ARXLA_BO_SAMPLE", "80")
    assert load_settings(env_file=None).task(dataset="digits").bo_sample == 80


def test_the_seeds_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIP_LITERATURE_REVIEW", "true")
    monkeypatch.setenv("DATASET_NAME", "MIT-BIH")
    monkeypatch.setenv("CHUNK_PROCESSING_DELAY", "2.0")
    settings = load_settings(env_file=None)
    assert settings.task(dataset="digits").skip_literature_review is True
    assert (settings.dataset_name, settings.chunk_processing_delay) == ("MIT-BIH", 2.0)


def test_which_model_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    def model() -> str:
        return load_settings(env_file=None).task(dataset="digits").model

    assert model() == "expert"
    monkeypatch.setenv("BEDROCK_MODEL_ID", "anthropic.claude-3-sonnet-20240229-v1:0")
    assert model() == "bedrock_converse:anthropic.claude-3-sonnet-20240229-v1:0"
    monkeypatch.setenv("OPENAI_MODEL", "gpt-5")
    assert model().startswith("bedrock_converse:"), "OPENAI_MODEL without a key names nothing usable"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456")
    assert model() == "openai:gpt-5"
    monkeypatch.setenv("ARXLA_MODEL", "expert")
    assert model() == "expert"


def test_models_of_roles_merge_over_the_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARXLA_MODELS", '{"coder": "openai:a", "reviewer": "openai:b"}')
    monkeypatch.setenv("ARXLA_REVIEWER_MODEL", "openai:c")
    monkeypatch.setenv("BEDROCK_CHUNK_MODEL_ID", "small")
    task = load_settings({"models": {"debugger": "openai:d"}}, env_file=None).task(
        dataset="x", models={"coder": "expert"}
    )
    assert task.models == {"coder": "expert", "reviewer": "openai:c", "debugger": "openai:d"}
    bedrock = load_settings(env_file=None).task(dataset="x", model="bedrock_converse:big")
    assert bedrock.model_for("chunk") == "bedrock_converse:small"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ARXLA_TRIALS", "many", "ARXLA_TRIALS='many'"),
        ("DEBUG_CHANCES", "-1", "DEBUG_CHANCES='-1'"),
        ("ARXLA_TARGET", "tpu9", "ARXLA_TARGET='tpu9'"),
        ("ARXLA_MODELS", "coder", "ARXLA_MODELS must be a JSON object"),
        ("CHUNK_PROCESSING_DELAY", "soon", "CHUNK_PROCESSING_DELAY='soon'"),
        ("ARXLA_MODEL_ATTEMPTS", "0", "ARXLA_MODEL_ATTEMPTS='0'"),
    ],
)
def test_a_bad_variable_is_named(variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError) as error:
        load_settings(env_file=None).task(dataset="digits")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bad_option_and_argument_are_named() -> None:
    with pytest.raises(InputError, match="--size-limit-kb"):
        load_settings({"size_limit_kb": -1}, env_file=None).task(dataset="digits")
    with pytest.raises(InputError, match="trials"):
        load_settings(env_file=None).task(dataset="digits", trials="x")
    with pytest.raises(InputError, match="name a dataset"):
        load_settings(env_file=None).task()
    with pytest.raises(InputError, match="colour is not a field"):
        load_settings(env_file=None).task(dataset="digits", colour="red")


def test_secrets_are_masked_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "plain-looking-key")
    settings = load_settings(env_file=None)
    assert "plain-looking-key" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.mask_secrets("key plain-looking-key refused") == "key ******** refused"
    leaked = "sk-proj-abcdef123456 AKIAABCDEFGHIJKLMNOP Authorization: Bearer abc.def-ghi123 https://me:pass@host/"
    masked = mask_secrets(leaked)
    assert not any(secret in masked for secret in ("sk-proj", "AKIA", "abc.def", "me:pass"))
    assert "https://********@host/" in masked
    assert mask_secrets("redis://:pass@host http://me:p@ss@host/a") == "redis://********@host http://********@host/a"
    assert mask_secrets("http://host:80/@x and me@host") == "http://host:80/@x and me@host"


def test_a_key_in_the_goal_goes_into_no_record() -> None:
    task = Task(dataset="digits", goal="small, with sk-proj-abcdef123456 please")
    assert task.goal == "small, with ******** please"


def test_a_password_in_an_address_is_a_secret_by_itself() -> None:
    settings = load_settings(env_file=None, openai_base_url="http://me:word%40word@host/v1")
    assert settings.mask_secrets("no user me with word%40word or word@word") == "no user me with ******** or ********"
