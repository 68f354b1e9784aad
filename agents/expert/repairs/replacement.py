"""The last resort: another network altogether."""

import ast

from agents.contracts import CodeRequest, Correction
from agents.expert.coder import rank, write_family
from agents.expert.identity import GENERATED_BY
from agents.expert.repairs.case import Case
from runtime.errors import InputError
from runtime.python_source import parse_module


def next_family(case: Case) -> Correction | None:
    """The best blueprint that did not write the failing code and was not offered before; None when all were.

    The answer carries the blueprint's own search space beside its code. A caller that keeps the old one still gets
    a working function, since a blueprint ignores names that it does not know.
    """
    request = case.request
    wanted = CodeRequest(
        profile=request.function.data_profile, target=request.target, size_limit_kb=request.size_limit_kb
    )
    offered = {attempt.correction.training_code for attempt in request.tried} | {case.code}
    try:
        candidates = rank(wanted, shrink=1)
    except InputError:
        return None
    for candidate in candidates:
        function = write_family(candidate, wanted)
        if function.training_code in offered or _opening(function.training_code) == _opening(case.code):
            continue
        explanation = (
            f"No repair is known for this failure, so the code is replaced by the {candidate.family.title} of "
            f"the {GENERATED_BY}."
        )
        return Correction(
            kind="training_code",
            explanation=explanation,
            training_code=function.training_code,
            bo_config=function.bo_config,
        )
    return None


def _opening(code: str) -> str:
    """The module's docstring: the same for one blueprint at any size."""
    try:
        return ast.get_docstring(parse_module(code)) or ""
    except (SyntaxError, ValueError):
        return ""
