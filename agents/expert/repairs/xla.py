"""What only XLA minds: shapes that change, steps that are not cut, graphs that can't be exported."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.source import Edit, Source, last_name

RECOMPILES = re.compile(r"compiles? new graphs|recompil|compilations? (still )?grow", re.IGNORECASE)
NOT_ON_HOST = re.compile(r"data is not allocated yet|KeyError: 'xla'|'xla'")
SYNC = "torch_xla.sync()"


def recompilation(case: Case) -> Correction | None:
    """One shape a step: the last batch is dropped, and each step is cut."""
    if case.kind != "RecompilationError" and not RECOMPILES.search(case.message):
        return None
    source = case.source
    edits: list[Edit] = []
    for call in source.calls("DataLoader"):
        if not any(word.arg == "drop_last" for word in call.keywords):
            parts = [source.segment(one) for one in (*call.args, *call.keywords)]
            edits.append((call, f"{source.segment(call.func)}({', '.join([*parts, 'drop_last=True'])})"))
    for node in source.nodes():
        if isinstance(node, ast.For) and (whole := _whole_batches(source, node)) is not None:
            edits.append(whole)
    code = _synced(Source.read(source.replaced(edits)))
    return case.with_code(code, "XLA compiled anew each epoch: batches have one size, and each step is cut.")


def _whole_batches(source: Source, loop: ast.For) -> Edit | None:
    """`range(0, n, batch)` stops before the last, smaller batch."""
    call = loop.iter
    if not isinstance(call, ast.Call) or last_name(call.func) != "range" or len(call.args) != 3:
        return None
    end, step = source.segment(call.args[1]), source.segment(call.args[2])
    if step in end or isinstance(call.args[2], ast.Constant):
        return None
    return call.args[1], f"max(1, {end} - {step} + 1)"


def _synced(source: Source) -> str:
    """A sync after each optimizer step that has none."""
    if re.search(r"torch_xla\.sync|mark_step|barrier=True", source.text):
        return source.text
    for node in source.nodes():
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _steps(node.value):
            lines = ['if torch.device(device).type == "xla":', "    import torch_xla", f"    {SYNC}"]
            return source.with_lines_after(node, lines)
    return source.text


def _steps(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if last_name(call.func) == "optimizer_step":
        return True
    return last_name(call.func) == "step" and isinstance(owner, ast.Name) and "opt" in owner.id


def compiled_model(case: Case) -> Correction | None:
    """`torch.compile` and packed sequences have no XLA form: the plain ones have."""
    if not NOT_ON_HOST.search(case.everything):
        return None
    edits: list[Edit] = [
        (call, case.source.segment(call.args[0]))
        for call in case.source.calls("compile", "pack_padded_sequence")
        if call.args and last_name(call.func) in ("compile", "pack_padded_sequence")
    ]
    return case.with_code(
        case.source.replaced(edits), "torch.compile and packed sequences do not run on XLA: left out."
    )
