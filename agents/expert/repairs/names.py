"""Names that are not there: modules, imports, variables, attributes."""

import ast
import difflib
import re

from agents.contracts import Correction
from agents.expert.repairs.api_names import API, IMPORTS, MODULES, REPLACED, SLIPS
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Source, first_body_statement, last_name
from runtime.outcome import StopCause
from tools.review.rules.members import namesake

MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")
MISSING_IMPORT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
MISSING_NAME = re.compile(r"name '(\w+)' is not defined|local variable '(\w+)'|free variable '(\w+)'")
MISSING_ATTRIBUTE = re.compile(r"has no attribute '(\w+)'")
SUGGESTION = re.compile(r"Did you mean: '([\w.]+)'")
USED_THROUGHOUT = 3
"""Uses of a package from which on a program without it would be another one."""
NEEDED = {"torch", "torch_xla", "numpy"}


def missing_module(case: Case) -> Correction | None:
    """A module that is not installed: correct its spelling, do without it, or stop where it can't be done without."""
    found = MISSING_MODULE.search(case.message)
    if not found:
        return None
    module = found[1]
    if module in NEEDED:
        return case.stop(StopCause.MISSING_DEPENDENCY, f"The package {module} is not installed where the code runs.")
    spelled = REPLACED.get(module) or next(iter(difflib.get_close_matches(module, MODULES, 1, 0.8)), None)
    spelled = spelled or namesake(module)
    if spelled and spelled != module:
        code = re.sub(rf"(?m)^(\s*(?:from|import)\s+){re.escape(module)}\b", rf"\g<1>{spelled}", case.code)
        return case.with_code(code, f"There is no module {module}; {spelled} is meant.")
    package = module.split(".")[0]
    without = case.with_code(_without_module(case.source, package), f"{module} is not there: done without it.")
    return without or (_stop_without(case, package) if "." not in module else None)


def _stop_without(case: Case, package: str) -> Correction | None:
    """A stop where the package is what the program is made of: used again and again, in several statements."""
    names = {
        target.id
        for node in case.source.nodes()
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and package in case.source.segment(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    } | {package}
    uses = [node for node in case.source.nodes() if isinstance(node, ast.Attribute) and _root(node) in names]
    if len(uses) < USED_THROUGHOUT:
        return None
    return case.stop(StopCause.MISSING_DEPENDENCY, f"The program is built on {package}, which is not installed.")


def _without_module(source: Source, package: str) -> str:
    """Drop the import, unwrap calls of its names that only decorate an iterable, and drop statements that use it."""
    bound: set[str] = set()
    edits: list[tuple[ast.AST, str]] = []
    for node in source.nodes():
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == package for alias in node.names):
            bound |= {
                alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name.split(".")[0] == package
            }
            kept = [ast.unparse(alias) for alias in node.names if alias.name.split(".")[0] != package]
            edits.append((node, f"import {', '.join(kept)}" if kept else "pass"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            bound |= {alias.asname or alias.name for alias in node.names}
            edits.append((node, "pass"))
    for node in source.nodes():
        if (
            isinstance(node, ast.For)
            and isinstance(node.iter, ast.Call)
            and _root(node.iter.func) in bound
            and node.iter.args
        ):
            edits.append((node.iter, source.segment(node.iter.args[0])))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _root(node.value.func) in bound:
            edits.append((node, "pass"))
    left = Source.read(source.replaced(edits))
    used = {node.id for node in left.nodes() if isinstance(node, ast.Name)}
    return source.text if bound & used else left.text


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def missing_import(case: Case) -> Correction | None:
    """`from m import wrong`: drop it when unused, take it from where it is, or correct its spelling."""
    found = MISSING_IMPORT.search(case.message)
    if not found:
        return None
    name, module = found[1], found[2]
    if name in IMPORTS:
        code = re.sub(rf"(?m)^from\s+{re.escape(module)}\s+import\s+{name}\s*$", IMPORTS[name], case.code)
        return case.with_code(code, f"{name} is not in {module}: imported from where it is.")
    spelled = _closest(name, set(API))
    if spelled is None:
        return None
    code = re.sub(rf"\b{name}\b", spelled, case.code)
    return case.with_code(code, f"{module} has no {name}; {spelled} is meant.")


def missing_name(case: Case) -> Correction | None:
    """An undefined name: a forgotten import, a hyperparameter that was not read, or a slip of the pen."""
    found = MISSING_NAME.search(case.message)
    if not found or case.kind not in ("NameError", "UnboundLocalError"):
        return None
    name = next(group for group in found.groups() if group)
    if name in IMPORTS:
        return case.with_code(case.source.with_import(IMPORTS[name]), f"{name} was used without its import.")
    if name in case.space and case.source.functions("train_model"):
        start = first_body_statement(case.source.functions("train_model")[0])
        line = f'{name} = hyperparams.get("{name}", {case.space[name].default!r})'
        return case.with_code(
            case.source.with_lines_before(start, [line]), f"The hyperparameter {name} was never read."
        )
    known = {node.id for node in case.source.nodes() if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    known |= {node.arg for node in case.source.nodes() if isinstance(node, ast.arg)}
    known |= {node.name for node in case.source.nodes() if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    spelled = _closest(name, known - {name})
    if spelled is None:
        return None
    uses = [node for node in case.source.nodes() if isinstance(node, ast.Name) and node.id == name]
    code = case.source.replaced([(node, spelled) for node in uses])
    return case.with_code(code, f"{name} is not defined; {spelled} is meant.")


def missing_attribute(case: Case) -> Correction | None:
    """A known slip in an API's name, or the closest name that the API has."""
    found = MISSING_ATTRIBUTE.search(case.message)
    if not found:
        return None
    name = found[1]
    uses = [node for node in case.source.nodes() if isinstance(node, ast.Attribute) and node.attr == name]
    here = [node for node in uses if case.line is None or node.lineno <= case.line <= (node.end_lineno or 0)] or uses
    if "'dict' object" in case.message and name in case.space:
        edits = [(node, f'{case.source.segment(node.value)}["{name}"]') for node in here]
        return case.with_code(case.source.replaced([*edits]), f"Hyperparameters are a dict: {name} is read by its key.")
    if re.search(r"'(float|int)' object", case.message) and name in ("item", "detach", "cpu", "backward"):
        calls = [node for node in case.source.nodes() if isinstance(node, ast.Call) and node.func in here]
        code = case.source.replaced(
            [(node, case.source.segment(node.func.value)) for node in calls if isinstance(node.func, ast.Attribute)]
        )
        return case.with_code(code, f"A plain number has no {name}(): left out.")
    slip = _slip(case, here)
    if slip is not None:
        return slip
    suggested = SUGGESTION.search(case.everything)
    spelled = suggested[1] if suggested else _closest(name, set(API))
    if spelled is None:
        return None
    edits = [(node, f"{case.source.segment(node.value)}.{spelled}") for node in uses]
    return case.with_code(case.source.replaced([*edits]), f"There is no {name}; {spelled} is meant.")


def _slip(case: Case, uses: list[ast.Attribute]) -> Correction | None:
    """Replace `owner.name` as the table says; the import that the new spelling needs comes along."""
    for node in uses:
        right = SLIPS.get((last_name(node.value), node.attr))
        if right is None:
            continue
        spelling, needed = right
        code = case.source.replaced([(use, spelling) for use in uses if last_name(use.value) == last_name(node.value)])
        if needed and needed not in code:
            code = Source.read(code).with_import(needed)
        return case.with_code(code, f"There is no {last_name(node.value)}.{node.attr}; it is {spelling}.")
    return None


def _closest(name: str, known: set[str]) -> str | None:
    """The known name that differs least; None when none is close or the name itself is known."""
    same = [other for other in known if other.lower() == name.lower() and other != name]
    if same:
        return same[0]
    return next(iter(difflib.get_close_matches(name, sorted(known - {name}), 1, 0.78)), None)
