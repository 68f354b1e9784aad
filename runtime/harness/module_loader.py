"""Makes a module of generated text, so that tracebacks, dataclasses and `inspect` work in it. Inside the box only."""

import inspect
import linecache
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from runtime.harness.failure import MODULE_FILE, ContractError
from runtime.harness.spec import EPOCH_NAMES
from runtime.search_space import Hyperparameters

MODULE_NAME = "training_function"
TrainModel = Callable[..., Any]


def load_train_model(code: str) -> TrainModel:
    """Run the module text in a fresh module and return its `train_model`.

    Raises `ContractError` when there is none, and whatever the module's own top level raises.
    """
    linecache.cache[MODULE_FILE] = (len(code), None, code.splitlines(keepends=True), MODULE_FILE)
    module = ModuleType(MODULE_NAME)
    module.__file__ = MODULE_FILE
    sys.modules[MODULE_NAME] = module
    exec(compile(code, MODULE_FILE, "exec"), module.__dict__)
    function: TrainModel | None = module.__dict__.get("train_model")
    if not callable(function):
        raise ContractError("the module must define train_model(X_train, y_train, X_val, y_val, device, **hyperparams)")
    return function


def limit_epochs(code: str, function: TrainModel, values: Hyperparameters, most: int | None) -> Hyperparameters:
    """Lower the hyperparameter that counts epochs to `most`, where the function takes one."""
    if most is None:
        return dict(values)
    limited = dict(values)
    parameters = inspect.signature(function).parameters
    for name in EPOCH_NAMES:
        value = values.get(name)
        if isinstance(value, int | float):
            limited[name] = min(int(value), most)
        elif name in parameters or re.search(rf"""["']{name}["']""", code):
            limited[name] = most
    return limited
