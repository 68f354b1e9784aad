"""Suites as YAML files: found by name or path, checked, their cases complete."""

import difflib
import inspect
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from evals.contracts import Case, Suite
from evals.scorers import scorers_of
from evals.suites.fields import FIELDS
from runtime.errors import InputError

FOLDER = Path(__file__).parent
LARGEST_BYTES = 4_000_000
MOST_VALUES = 200_000


def known_suites() -> list[str]:
    """Names of the suites that come with arxla."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_suite(text: str) -> Suite:
    """The suite of that name or in that file, every case with the suite's defaults.

    Raises `InputError` with the file, the line and the field of what is wrong.
    """
    path = _find(text)
    try:
        with path.open("rb") as stream:
            source = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"The suite {path} can't be read: {error.strerror}.") from error
    if len(source) > LARGEST_BYTES:
        raise InputError(f"The suite {path} is larger than {LARGEST_BYTES:,} bytes, which no suite is.")
    suite, tree = _checked(path, source)
    if suite.cases_from:
        suite.cases = [*suite.cases, *_cases_from(path, suite.cases_from)]
    if not suite.cases:
        raise InputError(f"The suite {path} has no cases: list them under cases, or name a function in cases_from.")
    twice = [name for name, times in Counter(case.id for case in suite.cases).items() if times > 1]
    if twice:
        raise InputError(f"The suite {path} has several cases named {twice[0]!r}: give each an id of its own.")
    try:
        scorers_of(suite.kind, suite.scorers)
    except InputError as error:
        raise InputError(f"The suite {path}: {error}") from None
    for case in suite.cases:
        case.given = {**suite.defaults, **case.given}
    _check_fields(path, tree, suite)
    return suite


def _find(text: str) -> Path:
    if (FOLDER / f"{text}.yaml").is_file():
        return FOLDER / f"{text}.yaml"
    if Path(text).is_file():
        return Path(text)
    names = known_suites()
    close = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}, or give a YAML file."
    raise InputError(f"There is no suite {text!r}: {hint}")


def _checked(path: Path, source: bytes) -> tuple[Suite, Any]:
    try:
        plain = yaml.safe_load(source)
        tree = yaml.compose(source, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem or error.context).split())
        raise InputError(f"{path}, line {line}, is not YAML: {problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())[:200]}.") from None
    if not isinstance(plain, dict):
        raise InputError(f"{path} is no suite: it needs at least name, kind and cases.")
    if _is_endless(plain):
        raise InputError(
            f"{path} holds more than {MOST_VALUES:,} values, its aliases (*) followed: write fewer of them."
        )
    try:
        return Suite.model_validate(plain), tree
    except ValidationError as error:
        raise InputError(
            _sentence(path, tree, error, (), Case if "cases" in error.errors()[0]["loc"] else Suite)
        ) from None


def _is_endless(plain: Any) -> bool:
    """Whether the aliases of a few lines stand for more than any suite holds, or for themselves."""
    left, seen = [plain], 0
    while left and seen <= MOST_VALUES:
        value = left.pop()
        seen += 1
        if isinstance(value, dict | list):
            left += value.values() if isinstance(value, dict) else value
    return seen > MOST_VALUES


def _check_fields(path: Path, tree: Any, suite: Suite) -> None:
    """Raises `InputError` for what a case gives or expects and its kind does not know, or can't use."""
    for number, case in enumerate(suite.cases):
        for part, fields in FIELDS[suite.kind].items():
            try:
                fields.model_validate(getattr(case, part))
            except ValidationError as error:
                raise InputError(_sentence(path, tree, error, ("cases", number, part), fields)) from None


def _sentence(
    path: Path, tree: Any, error: ValidationError, before: tuple[int | str, ...], fields: type[BaseModel]
) -> str:
    """The first fault of a validation, with its line; `before` is the place of what was validated."""
    fault = error.errors(include_url=False)[0]
    place = (*before, *fault["loc"])
    if fault["type"] == "extra_forbidden":
        reason = f"is not known; the fields are {', '.join(fields.model_fields)}"
    else:
        said = fault["msg"].removeprefix("Value error, ")
        reason = f"can't be used: {said[0].lower()}{said[1:]}"
    return f"{path}, line {_line(tree, place)}: {'.'.join(map(str, place))} {reason}."


def _line(node: Any, place: Sequence[int | str]) -> int:
    """The line of a field, or of the nearest thing around it that there is."""
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            key, node = found[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _cases_from(path: Path, place: str) -> list[Case]:
    """What `module:function` gives."""
    module, _, function = place.partition(":")
    try:
        make = getattr(import_module(module), function)
        inspect.signature(make).bind()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise InputError(f"The suite {path}: cases_from {place!r} names no function ({error}).") from None
    try:
        return TypeAdapter(list[Case]).validate_python(make())
    except ValidationError as error:
        raise InputError(f"The suite {path}: cases_from {place!r} gives no list of cases.") from error
