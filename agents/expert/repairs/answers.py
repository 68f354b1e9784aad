"""Models whose answers can't be measured: more than one tensor, or another one each time."""

import ast
import re

from agents.contracts import Correction
from agents.expert.repairs.case import Case
from agents.expert.repairs.layers import guarded, with_keyword
from agents.expert.repairs.source import Edit, Source, last_name, parameters

SEVERAL = re.compile(r"forward must return one tensor \(logits or values\), not (tuple|list|dict|OrderedDict)")
RESTLESS = re.compile(r"answers differently from the model|forward must be deterministic")
RANDOM = ("rand_like", "randn_like", "rand", "randn", "bernoulli", "normal", "randint", "randperm")
FIRST_OUTPUT = '''

class FirstOutput(torch.nn.Module):
    """The first of what a model answers: its logits or values."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        answer = self.model(x)
        return (list(answer.values()) if isinstance(answer, dict) else answer)[0]
'''


def several_outputs(case: Case) -> Correction | None:
    """The returned model is wrapped, so that it answers the first of its outputs alone."""
    functions = case.source.functions("train_model")
    if not SEVERAL.search(case.message) or not functions or "FirstOutput" in case.code:
        return None
    edits: list[Edit] = [
        (node.value.elts[0], f"FirstOutput({case.source.segment(node.value.elts[0])})")
        for node in ast.walk(functions[-1])
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2
    ]
    if not edits:
        return None
    code = f"{case.source.replaced(edits).rstrip()}\n{FIRST_OUTPUT}"
    code = code if re.search(r"(?m)^import torch\b(?!\.)", code) else Source.read(code).with_import("import torch")
    return case.with_code(code, "forward answered several things: the model that is returned answers the first.")


def restless(case: Case) -> Correction | None:
    """Chance in forward belongs to training."""
    if not RESTLESS.search(case.message):
        return None
    edits: list[Edit] = []
    for forward in case.source.functions("forward"):
        known = set(parameters(forward))
        for node in sorted((one for one in ast.walk(forward) if isinstance(one, ast.stmt)), key=lambda one: one.lineno):
            if isinstance(node, ast.Assign | ast.AugAssign) and _draws(node.value):
                edits += _in_training(case, node, known)
            if isinstance(node, ast.Assign):
                known |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    edits += [
        (call, with_keyword(case, call, "training=self.training"))
        for call in case.source.calls("dropout", "dropout1d", "dropout2d", "alpha_dropout")
        if not any(word.arg == "training" for word in call.keywords) and len(call.args) < 3 and _functional(call)
    ]
    return case.with_code(case.source.replaced(edits), "Chance in forward changed the answers: it is for training now.")


def _draws(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Call) and last_name(one.func) in RANDOM for one in ast.walk(node))


def _functional(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and last_name(call.func.value) in ("F", "functional")


def _in_training(case: Case, node: ast.Assign | ast.AugAssign, known: set[str]) -> list[Edit]:
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if not isinstance(target, ast.Name) or target.id not in known:
        return []
    if isinstance(node, ast.AugAssign):
        return [(node, guarded(case, node, "self.training"))]
    return [(node.value, f"({case.source.segment(node.value)}) if self.training else {target.id}")]
