"""Settings that no variable of the machine reaches, with waits scaled down."""

from collections.abc import Callable

import pytest

from runtime.settings import ROLE_VARIABLES, TASK_VARIABLES, Settings, load_settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    names = [*TASK_VARIABLES, *ROLE_VARIABLES, *(name.upper() for name in Settings.model_fields)]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def make(**values: object) -> Settings:
        quick = {"arxla_model_wait_s": 0.01, "arxla_model_max_wait_s": 0.03, "arxla_model_timeout_s": 8.0}
        return load_settings(env_file=None, **{**quick, **values})

    return make
