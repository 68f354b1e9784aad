"""Turns the search spaces that models write into valid ones, with every repair recorded in words."""

import ast
import keyword
import math
import re
from typing import Any

from runtime.python_source import parse_module
from runtime.search_space import (
    CategoricalParameter,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    RealParameter,
    SearchSpace,
)

MOST_PARAMETERS = 24
MOST_CATEGORIES = 32
LARGEST = 1e12
KINDS = {
    "Real": ("real", "float", "double", "number", "continuous", "uniform", "log-uniform", "loguniform", "log"),
    "Integer": ("integer", "int", "long", "discrete", "randint"),
    "Categorical": (
        "categorical",
        "choice",
        "category",
        "enum",
        "select",
        "bool",
        "boolean",
        "ordinal",
        "str",
        "string",
    ),
}
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}
KEYS = {
    "default": ("default", "value", "initial", "init"),
    "low": ("low", "min", "lower", "minimum", "start"),
    "high": ("high", "max", "upper", "maximum", "end", "stop"),
    "categories": ("categories", "choices", "options", "values"),
    "range": ("range", "bounds", "limits"),
}
CONSTRAINT = re.compile(r"\s*[A-Za-z_]\w*\s*(?:%\s*\w+\s*==\s*0|(?:[+*]\s*[A-Za-z_]\w*\s*)?<=\s*[\w.]+)\s*")
STANDARD: SearchSpace = {
    "lr": RealParameter(default=0.001, low=1e-5, high=0.1, prior="log-uniform"),
    "batch_size": CategoricalParameter(default=64, categories=[32, 64, 128]),
    "epochs": IntegerParameter(default=15, low=3, high=40),
    "quantization_bits": CategoricalParameter(default=32, categories=[8, 16, 32]),
}


def read_space(raw: Any, notes: list[str], base: SearchSpace | None = None, *, widen: bool = False) -> SearchSpace:
    """Read a search space of any shape: an object, a list of named objects, bare values. Adds each repair to `notes`.

    Fields that an entry lacks come from `base`. A default outside its range is moved into it, or, with `widen`, the
    range is widened (a debugger's default is the value to run next).
    """
    space: SearchSpace = {}
    for name, entry in _entries(raw)[:MOST_PARAMETERS]:
        if not name.isidentifier() or keyword.iskeyword(name) or len(name) > 64:
            notes.append(f"dropped {name[:40]!r}: not a usable name")
            continue
        parameter = _parameter(name, _fields(entry, (base or {}).get(name)), notes, widen=widen)
        if parameter is None:
            notes.append(f"dropped {name}: {str(entry)[:80]} is no range and no list of values")
        else:
            space[name] = parameter
    return space


def complete_space(space: SearchSpace, code: str, notes: list[str]) -> SearchSpace:
    """Add what the code reads or every space must have, with the defaults that the code gives."""
    found = defaults_in_code(code)
    added = {name: value for name, value in found.items() if name not in space} if not space else {}
    added |= {name: found.get(name, STANDARD[name].default) for name in STANDARD if name not in space}
    for name, value in added.items():
        base = STANDARD.get(name)
        entry = {**base.model_dump(), "default": value} if base else value
        parameter = _parameter(name, _fields(entry, None), [], widen=True)
        if parameter is not None and len(space) < MOST_PARAMETERS:
            space = {**space, name: parameter}
            notes.append(f"added {name}, which the answer left out")
    return space


def read_constraints(raw: Any, space: SearchSpace, notes: list[str]) -> list[str]:
    """Keep the relations of the known forms between known hyperparameters."""
    kept = []
    for item in raw[:MOST_PARAMETERS] if isinstance(raw, list) else [raw] if isinstance(raw, str) and raw else []:
        text = str(item)[:200]
        names = set(re.findall(r"[A-Za-z_]\w*", text))
        if CONSTRAINT.fullmatch(text) and names <= set(space):
            kept.append(" ".join(text.split()))
        else:
            notes.append(f"dropped the constraint {text[:80]!r}: not of a known form")
    return kept


def defaults_in_code(code: str) -> dict[str, HyperparameterValue]:
    """`hyperparams.get("name", constant)` and keyword defaults of `train_model`, from code that parses."""
    pairs: list[tuple[Any, Any]] = []
    for node in ast.walk(parse_module(code)):
        if isinstance(node, ast.FunctionDef) and node.name == "train_model":
            positional = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            pairs += [(a.arg, _constant(v)) for a, v in zip(positional, node.args.defaults, strict=True)]
            pairs += [(a.arg, _constant(v)) for a, v in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            pairs += [(_constant(node.args[0]), _constant(node.args[1]))] if len(node.args) == 2 else []
    return {n: v for n, v in pairs if isinstance(n, str) and n.isidentifier() and _is_value(v)}


def _constant(node: ast.AST | None) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _entries(raw: Any) -> list[tuple[str, Any]]:
    if isinstance(raw, dict):
        return [(str(name), entry) for name, entry in raw.items()]
    named = [item for item in raw if isinstance(item, dict)] if isinstance(raw, list) else []
    return [(str(item["name"]), item) for item in named if "name" in item]


def _fields(entry: Any, base: Parameter | None) -> dict[str, Any]:
    """default, low, high, categories, type and prior, whatever they were called."""
    fields: dict[str, Any] = {} if base is None else base.model_dump()
    if isinstance(entry, list | tuple):
        return fields | {"categories": list(entry), "type": "Categorical"}
    if not isinstance(entry, dict):
        return fields | {"default": entry}
    given = {str(key).lower(): value for key, value in entry.items()}
    for field, names in KEYS.items():
        if found := [given[name] for name in names if name in given]:
            fields[field] = found[0]
    bounds = fields.pop("range", None)
    if isinstance(bounds, list | tuple) and len(bounds) == 2:
        fields |= {"low": bounds[0], "high": bounds[1]}
    words = f"{given.get('type', '')} {given.get('prior', '')} {given.get('scale', '')}".lower()
    if "type" in given or "type" not in fields:
        fields["type"] = KIND_OF.get(str(given.get("type", "")).lower().replace("_", "-"))
    if "log" in words or given.get("log") is True:
        fields["prior"] = "log-uniform"
    return fields


def _parameter(name: str, fields: dict[str, Any], notes: list[str], *, widen: bool) -> Parameter | None:
    kind, default = fields.get("type"), fields.get("default")
    low, high, default_number = (_number(fields.get(key)) for key in ("low", "high", "default"))
    if isinstance(fields.get("categories"), list | tuple) and (kind == "Categorical" or low is None or high is None):
        return _categorical(name, list(fields["categories"]), default, notes, widen=widen)
    has_range = kind in ("Real", "Integer") and low is not None and high is not None
    worded = default_number is None and isinstance(default, str) and not has_range
    if isinstance(default, bool) or kind == "Categorical" or worded:
        categories = [False, True] if isinstance(default, bool) else [default]
        return _categorical(name, categories, default, notes, widen=widen)
    if kind is None:
        known = [value for value in (low, high, default_number) if value is not None]
        kind = "Integer" if known and all(float(value).is_integer() for value in known) else "Real"
    return _range(name, kind == "Integer", low, high, default_number, fields.get("prior"), notes, widen=widen)


def _categorical(
    name: str, raw: list[Any], default: Any, notes: list[str], *, widen: bool
) -> CategoricalParameter | None:
    categories = list(dict.fromkeys(value for value in raw[:MOST_CATEGORIES] if _is_value(value)))
    if widen and _is_value(default) and default not in categories:
        categories.append(default)
    if not categories:
        return None
    if not _is_value(default) or default not in categories:
        numbers = [value for value in categories if isinstance(value, int | float)]
        wanted = _number(default)
        near = min(numbers, key=lambda v: abs(v - wanted)) if numbers and wanted is not None else categories[0]
        notes.append(f"{name}: default {str(default)[:40]} is not one of the categories; took {near}")
        default = near
    return CategoricalParameter(default=default, categories=categories)


def _range(
    name: str,
    integer: bool,
    low: float | None,
    high: float | None,
    default: float | None,
    prior: Any,
    notes: list[str],
    *,
    widen: bool,
) -> Parameter | None:
    if default is None:
        if low is None or high is None:
            return None
        default = math.sqrt(low * high) if prior == "log-uniform" and low > 0 and high > 0 else (low + high) / 2
        notes.append(f"{name}: no default given; took {default:.4g}")
    if low is None or high is None:
        spread = (default / 10, default * 10) if not integer and default > 0 else (min(1, default), max(default * 2, 1))
        low, high = (spread[0] if low is None else low), (spread[1] if high is None else high)
        notes.append(f"{name}: no full range given; took {low:.4g} to {high:.4g}")
    low, high = min(low, high), max(low, high)
    if widen:
        low, high = min(low, default), max(high, default)
    if not low <= default <= high:
        inside = min(max(default, low), high)
        notes.append(f"{name}: default {default:.4g} is outside {low:.4g} to {high:.4g}; took {inside:.4g}")
        default = inside
    log = prior == "log-uniform" and high > 0
    if log and low <= 0:
        low = min(high / 1000, default) if default > 0 else low
        log = low > 0
        notes.append(f"{name}: a log scale starts above 0; " + (f"took {low:.4g}" if log else "took a linear one"))
    if not integer:
        return RealParameter(default=default, low=low, high=high, prior="log-uniform" if log else "uniform")
    bottom, top = math.ceil(low), math.floor(high)
    if bottom > top:
        bottom = top = round(default)
    value = min(max(round(default), bottom), top)
    return IntegerParameter(
        default=value, low=bottom, high=top, prior="log-uniform" if log and bottom > 0 else "uniform"
    )


def _number(value: Any) -> float | None:
    """A finite number of sensible size from a number or its text; None from anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)[:64]) > 40:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= LARGEST else None


def _is_value(value: Any) -> bool:
    """Whether a value may be a hyperparameter's."""
    if isinstance(value, bool):
        return True
    if isinstance(value, str):
        return 0 < len(value) <= 100
    return isinstance(value, int | float) and _number(value) is not None
