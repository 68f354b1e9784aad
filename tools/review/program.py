"""A parsed and inferred module with the questions that rules ask about loops, steps, syncs and guards."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from runtime.search_space import SearchSpace
from runtime.task import Target
from tools.review.expressions import Event
from tools.review.inference import Inference
from tools.review.syntax import FunctionNode, LoopNode, Syntax, keyword
from tools.review.values import Kind, Value

XM = "torch_xla.core.xla_model"
SYNCS = frozenset({"torch_xla.sync", f"{XM}.mark_step", f"{XM}.wait_device_ops", "torch_xla.step"})
EPOCH = re.compile(r"epoch|(^|_)ep(s|och|ochs)?$", re.IGNORECASE)


@dataclass
class Program:
    """Everything the rules read about one module."""

    syntax: Syntax
    inference: Inference
    target: Target = "xla"
    space: SearchSpace | None = None
    constraints: list[str] = field(default_factory=list)

    def path(self, node: ast.AST | None) -> str:
        return self.syntax.path(node)

    def value(self, node: ast.AST) -> Value:
        return self.inference.value(node)

    # --- loops ----------------------------------------------------------------------------------------------------

    def loops_around(self, node: ast.AST, depth: int = 0) -> list[LoopNode]:
        """Enclosing loops, innermost first, going on through the callers of the function that holds `node`."""
        loops = self.syntax.loops_around(node)
        function = self.syntax.function_of(node)
        if function is not None and depth < 4:
            for call in self.inference.callers.get(function, []):
                outer = self.loops_around(call, depth + 1)
                if outer:
                    return loops + outer
        return loops

    def is_epoch_loop(self, loop: LoopNode) -> bool:
        if not isinstance(loop, ast.For):
            return "epoch" in ast.unparse(loop.test) if isinstance(loop, ast.While) else False
        names = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        if any(EPOCH.search(name) for name in names):
            return True
        text = ast.unparse(loop.iter)
        return text.startswith(("range(", "trange(")) and "epoch" in text

    def reach(self, root: ast.AST) -> Iterator[ast.AST]:
        """The nodes under `root` and those of the local functions it calls (methods by name)."""
        seen: set[ast.AST] = set()
        pending: list[ast.AST] = [root]
        while pending:
            top = pending.pop()
            if top in seen:
                continue
            seen.add(top)
            body = [*top.body, *top.orelse] if isinstance(top, LoopNode) else [top]
            for statement in body:
                for node in ast.walk(statement):
                    yield node
                    if isinstance(node, ast.Call):
                        pending.extend(self.called(node))

    def called(self, call: ast.Call) -> list[FunctionNode]:
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if isinstance(call.func, ast.Attribute) and name in ("forward", "step", "train", "eval", "to", "get", "update"):
            return []
        return self._functions_by_name.get(name, [])

    @cached_property
    def _functions_by_name(self) -> dict[str, list[FunctionNode]]:
        table: dict[str, list[FunctionNode]] = {}
        for node in self.syntax.functions:
            table.setdefault(node.name, []).append(node)
        return table

    @cached_property
    def optimizer_steps(self) -> list[ast.Call]:
        """Calls that update weights: `optimizer.step()`, `scaler.step(optimizer)`, `xm.optimizer_step(optimizer)`."""
        return [call for call in self.syntax.calls if self._is_step(call)]

    def _is_step(self, call: ast.Call) -> bool:
        if self.path(call.func) == f"{XM}.optimizer_step":
            return True
        func = call.func
        if not (isinstance(func, ast.Attribute) and func.attr == "step") or self.path(func):
            return False
        kind = self.value(func.value).kind
        if kind is Kind.OPTIMIZER:
            return True
        text = ast.unparse(func.value).rpartition(".")[2].lower()
        return kind is Kind.UNKNOWN and (
            text.startswith("opt") or text.endswith(("optimizer", "optim", "_opt", "scaler"))
        )

    @cached_property
    def backwards(self) -> list[ast.Call]:
        return [
            call
            for call in self.syntax.calls
            if (isinstance(call.func, ast.Attribute) and call.func.attr == "backward")
            or self.path(call.func).endswith("autograd.grad")
        ]

    @cached_property
    def train_loops(self) -> dict[LoopNode, ast.Call]:
        """The innermost loop around each weight update -> the update."""
        found: dict[LoopNode, ast.Call] = {}
        for call in self.optimizer_steps:
            loops = self.loops_around(call)
            if loops:
                found.setdefault(loops[0], call)
        return found

    @cached_property
    def step_loops(self) -> list[LoopNode]:
        """Train loops that go over batches (full-batch training in the epoch loop has none)."""
        return [loop for loop in self.train_loops if not self.is_epoch_loop(loop)]

    @cached_property
    def step_nodes(self) -> dict[ast.AST, LoopNode]:
        """Every node that runs once a training step."""
        return {node: loop for loop in self.step_loops for node in self.reach(loop)}

    @cached_property
    def eval_loops(self) -> list[LoopNode]:
        """Loops over batches that call a network and do not train."""
        found: list[LoopNode] = []
        for loop in self.syntax.loops:
            if (
                loop in self.train_loops
                or self.is_epoch_loop(loop)
                or self._in_network(loop)
                or loop in self.step_nodes
            ):
                continue
            if any(train in ast.walk(loop) for train in self.train_loops) or not isinstance(loop, ast.For):
                continue
            nodes = list(self.reach(loop))
            if any(n in self.model_calls for n in nodes) and not any(n in self._updates for n in nodes):
                found.append(loop)
        return found

    @cached_property
    def _updates(self) -> set[ast.AST]:
        return {*self.optimizer_steps, *self.backwards}

    def _in_network(self, node: ast.AST) -> bool:
        owner = self.syntax.class_of(node)
        return owner is not None and self.syntax.is_module_class(owner)

    in_network = _in_network

    @cached_property
    def model_calls(self) -> set[ast.AST]:
        """Calls of a network from outside networks."""
        return {
            call
            for call in self.syntax.calls
            if any(v.kind is Kind.MODEL for v in self.inference.contexts(call.func)) and not self._in_network(call)
        }

    # --- syncs and guards -----------------------------------------------------------------------------------------

    @cached_property
    def syncs(self) -> set[ast.AST]:
        """Calls that end a step's graph."""
        return {call for call in self.syntax.calls if self._is_sync(call)}

    def _is_sync(self, call: ast.Call) -> bool:
        path = self.path(call.func)
        if path == f"{XM}.optimizer_step":
            barrier = keyword(call, "barrier") or (call.args[1] if len(call.args) > 1 else None)
            return barrier is not None and not (isinstance(barrier, ast.Constant) and barrier.value is False)
        return path in SYNCS

    def synced(self, loop: LoopNode) -> bool:
        """Whether each pass of `loop` ends the graph, by a call or by a device loader."""
        if isinstance(loop, ast.For) and any(v.syncing for v in self.loaders(loop)):
            return True
        return any(node in self.syncs for node in self.reach(loop)) or self._compiled_step(loop)

    def _compiled_step(self, loop: LoopNode) -> bool:
        """A step function under `torch_xla.compile` syncs by itself."""
        for node in self.reach(loop):
            if not isinstance(node, ast.Call):
                continue
            decorators = [ast.unparse(d) for function in self.called(node) for d in function.decorator_list]
            made = self.assigned_text(node.func.id) if isinstance(node.func, ast.Name) else ""
            if "torch_xla.compile" in " ".join([*decorators, made]):
                return True
        return False

    def loaders(self, loop: ast.For) -> list[Value]:
        """The loaders that a loop goes over, in whatever they are wrapped (`enumerate`, `zip`, a progress bar)."""
        held = [v for node in ast.walk(loop.iter) for v in self.inference.contexts(node)]
        return [v for v in held if v.kind is Kind.LOADER]

    def assigned(self, name: str) -> list[ast.expr]:
        """Everything assigned to `name` in this module."""
        return self.assignments.get(name, [])

    def assigned_text(self, name: str) -> str:
        """The source of everything assigned to `name` in this module."""
        return "\n".join(ast.unparse(value) for value in self.assigned(name))

    @cached_property
    def assignments(self) -> dict[str, list[ast.expr]]:
        table: dict[str, list[ast.expr]] = {}
        for node in self.syntax.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        table.setdefault(target.id, []).append(node.value)
        return table

    def guarded(self, node: ast.AST, word: str) -> bool:
        """Whether `node` runs only where a test says `word` ("xla", "cuda"), or after a fallback import of it."""
        return self._branch(node, word) == "yes"

    def outside(self, node: ast.AST, word: str) -> bool:
        """Whether `node` runs only where a test denies `word`."""
        return self._branch(node, word) == "no"

    def _branch(self, node: ast.AST, word: str) -> str:
        child = node
        for up in self.syntax.ancestors(node):
            if isinstance(up, ast.If | ast.IfExp) and child is not up.test:
                answer = self._says(up.test, word)
                if answer is not None:
                    body = up.body if isinstance(up.body, list) else [up.body]
                    return "yes" if (child in body) is answer else "no"
            child = up
        return ""

    def _says(self, test: ast.expr, word: str) -> bool | None:
        """True when the test asks for `word`, False when it asks for its absence, None when it is about neither."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            answers = [self._says(part, word) for part in test.values]
            return next((a for a in answers if a is not None), None)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self._says(test.operand, word)
            return None if inner is None else not inner
        text = ast.unparse(test)
        if isinstance(test, ast.Name):
            text += " " + self.assigned_text(test.id)
        lowered = text.lower()
        if word not in lowered and not (word == "xla" and re.search(r"\bxm\b", text)):
            return None
        return not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotEq | ast.NotIn | ast.Is))

    # --- events ---------------------------------------------------------------------------------------------------

    @property
    def events(self) -> list[Event]:
        return self.inference.events

    def short(self, node: ast.AST, width: int = 50) -> str:
        """The code of `node` on one line, shortened."""
        text = " ".join(ast.unparse(node).split())
        return text if len(text) <= width else text[: width - 1] + "…"
