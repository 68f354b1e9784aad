"""The abstract value of expressions and calls."""

import ast
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from tools.review.operations import builtin_call, device_value, flatten, has_tensor, library_call, moved, tensor_method
from tools.review.scope import Scope, truth
from tools.review.syntax import FunctionNode, Syntax
from tools.review.values import NUMBER, UNKNOWN, UNSET, Kind, Place, Value, combine, join, sequence

RANDOM = ("numpy.random.", "random.")


@dataclass(frozen=True, slots=True)
class Event:
    """One call as it happened: its receiver (for methods) and its arguments."""

    node: ast.Call
    name: str
    """The dotted path of a library call, or `.method`, or a local name."""
    receiver: Value
    args: tuple[Value, ...]


class Expressions(ABC):
    """Evaluates expressions; what statements, functions and classes do is left to the subclass."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.events: list[Event] = []
        self.attributes: dict[str, dict[str, Value]] = {}
        self.callers: dict[ast.AST, list[ast.Call]] = {}
        self._values: dict[ast.AST, list[Value]] = {}
        self.outputs: dict[str, Value] = {}
        self.module = Scope()
        self.yielded: dict[ast.AST, list[Value]] = {}
        self.looping = 0
        """Loops around what is being run, through calls."""

    @abstractmethod
    def enter(self, node: FunctionNode, args: list[Value], named: dict[str, Value], outer: Scope) -> Value:
        """The value that a call of a local function returns."""

    @abstractmethod
    def construct(self, node: ast.ClassDef, call: ast.Call, args: list[Value], named: dict[str, Value]) -> Value:
        """A new instance of a local class."""

    @abstractmethod
    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Bind a target to a value."""

    def value(self, node: ast.AST) -> Value:
        """What `node` holds in every context in which it was reached."""
        return join(*self._values.get(node, ()))

    def contexts(self, node: ast.AST) -> list[Value]:
        """What `node` held, once per context."""
        return self._values.get(node, [])

    def iterate(self, iterable: ast.expr, scope: Scope) -> Value:
        held = self.eval(iterable, scope)
        if isinstance(iterable, ast.Call) and self.syntax.path(iterable.func) == "range":
            return replace(NUMBER, step_number=True)
        return held.element

    def note(self, node: ast.AST, value: Value) -> Value:
        seen = self._values.setdefault(node, [])
        if value not in seen:
            seen.append(value)
        return value

    def eval(self, node: ast.expr, scope: Scope) -> Value:
        return self.note(node, self._expression(node, scope))

    def _expression(self, node: ast.expr, scope: Scope) -> Value:
        match node:
            case ast.Constant(value=value):
                kind = Kind.NUMBER if isinstance(value, int | float) else Kind.UNKNOWN
                return Value(kind, const=value)
            case ast.Name(id=name):
                return scope.get(name)
            case ast.Attribute():
                return self._attribute(node, scope)
            case ast.Call():
                return self._call(node, scope)
            case ast.Subscript(value=inner, slice=index):
                return self._subscript(self.eval(inner, scope), self.eval(index, scope))
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return sequence(*(self.eval(element, scope) for element in elements))
            case ast.Dict(keys=keys, values=values):
                for key in keys:
                    if key is not None:
                        self.eval(key, scope)
                return sequence(*(self.eval(value, scope) for value in values))
            case ast.Compare(left=left, comparators=others):
                sides = [self.eval(left, scope), *(self.eval(other, scope) for other in others)]
                return replace(combine(*sides), mask=True) if has_tensor(sides) else NUMBER
            case ast.IfExp(test=test, body=body, orelse=orelse):
                known = truth(test, self.eval(test, scope), lambda e: self.eval(e, scope))
                yes, no = self.eval(body, scope), self.eval(orelse, scope)
                return join(yes, no) if known is None else yes if known else no
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Lambda(body=body):
                self.eval(body, Scope(scope))
                return UNKNOWN
            case ast.Yield(value=value) if value is not None:
                function = self.syntax.function_of(node)
                held = sequence(self.eval(value, scope))
                if function is not None:
                    self.yielded.setdefault(function, []).append(held)
                return UNKNOWN
            case ast.NamedExpr(target=target, value=value):
                held = self.eval(value, scope)
                self.assign(target, held, scope)
                return held
            case _:
                return self._operation(node, scope)

    def _operation(self, node: ast.expr, scope: Scope) -> Value:
        parts = [self.eval(child, scope) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp):
            if has_tensor(parts):
                return replace(combine(*parts), mask=any(p.mask for p in parts))
            if all(p.kind is Kind.SEQUENCE for p in parts) and parts:
                return sequence(*flatten(parts))
            if isinstance(node, ast.BoolOp):
                return join(*parts)
            number = parts[0] if len(parts) == 1 and parts[0].const is not UNSET else NUMBER
            return replace(number, const=UNSET, step_number=any(p.step_number for p in parts))
        return parts[0] if isinstance(node, ast.Starred | ast.Await) and parts else UNKNOWN

    def _comprehension(self, node: ast.expr, scope: Scope) -> Value:
        assert isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp)
        inner = Scope(scope)
        for generator in node.generators:
            self.assign(generator.target, self.iterate(generator.iter, inner), inner)
            for test in generator.ifs:
                self.eval(test, inner)
        if isinstance(node, ast.DictComp):
            self.eval(node.key, inner)
            return sequence(self.eval(node.value, inner))
        return sequence(self.eval(node.elt, inner))

    def _subscript(self, held: Value, index: Value) -> Value:
        if held.kind is Kind.TENSOR or held.kind is Kind.ARRAY:
            return replace(combine(held, kind=held.kind), roots=held.roots | index.roots, squashed=held.squashed)
        at = index.const
        if held.kind is Kind.SEQUENCE and isinstance(at, int) and -len(held.items) <= at < len(held.items):
            return held.items[at]
        return held.element

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        if self.syntax.path(node):
            return UNKNOWN
        owner = self.eval(node.value, scope)
        if node.attr == "device":
            return Value(Kind.DEVICE, owner.place if owner.kind is Kind.TENSOR else Place.UNKNOWN)
        if owner.name in self.attributes and node.attr in self.attributes[owner.name]:
            return self.attributes[owner.name][node.attr]
        if owner.kind is Kind.TENSOR and node.attr in ("T", "data", "mT", "H", "real", "imag", "values", "indices"):
            return owner
        return NUMBER if node.attr in ("shape", "ndim", "dtype") else UNKNOWN

    # --- calls ----------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> Value:
        func = node.func
        path = self.syntax.path(func)
        receiver = UNKNOWN
        if isinstance(func, ast.Attribute) and not path:
            receiver = self.eval(func.value, scope)
        args = [self.eval(arg, scope) for arg in node.args]
        named = {item.arg or "**": self.eval(item.value, scope) for item in node.keywords}
        name = path or (f".{func.attr}" if isinstance(func, ast.Attribute) else ast.unparse(func)[:40])
        self.events.append(Event(node, name, receiver, tuple(args)))
        if isinstance(func, ast.Name):
            local = scope.function(func.id)
            if local is not None and local[0] is not self.syntax.train_model:
                self.callers.setdefault(local[0], []).append(node)
                return self.enter(local[0], args, named, local[1])
            if func.id in self.syntax.classes:
                return self.construct(self.syntax.classes[func.id], node, args, named)
        if path and "." not in path:
            return builtin_call(path, args)
        if path:
            result = library_call(path, node, args, named)
            drawn = result.kind is Kind.NUMBER and path.startswith(RANDOM) and self.looping > 0
            return replace(result, step_number=True) if drawn else result
        if isinstance(func, ast.Attribute) and func.attr not in self.attributes.get(receiver.name, {}):
            return self._method(node, func, receiver, args, named, scope)
        callee = self.eval(func, scope)
        method = self._own_method(callee, "__call__")
        return self._run_method(node, method, callee, args, named) if method else self._apply(callee, args, named)

    def _own_method(self, receiver: Value, name: str) -> FunctionNode | None:
        """A method that a class of this module, not a network, defines itself."""
        if receiver.kind is not Kind.OBJECT or receiver.name not in self.syntax.classes:
            return None
        body = self.syntax.classes[receiver.name].body
        return next((item for item in body if isinstance(item, FunctionNode) and item.name == name), None)

    def _run_method(
        self, node: ast.Call, method: FunctionNode, receiver: Value, args: list[Value], named: dict[str, Value]
    ) -> Value:
        self.callers.setdefault(method, []).append(node)
        return self.enter(method, [receiver, *args], named, self.module)

    def _apply(self, callee: Value, args: list[Value], named: dict[str, Value]) -> Value:
        """Calling a held value: a network or a loss."""
        flat = flatten([*args, *named.values()])
        if callee.kind is Kind.MODEL:
            output = self.outputs.get(callee.name, UNKNOWN)
            place = Place.DEVICE if callee.place is Place.DEVICE else combine(*flat).place
            result = replace(combine(*flat), place=place, through_model=True)
            if output.kind is Kind.SEQUENCE:
                return sequence(*(replace(result, squashed=item.squashed) for item in output.items))
            return replace(result, squashed=callee.squashed)
        if callee.kind is Kind.LOSS or callee.kind is Kind.TENSOR:
            return replace(combine(*flat), squashed="")
        return replace(combine(*flat, kind=Kind.UNKNOWN), squashed="")

    def _method(
        self,
        node: ast.Call,
        func: ast.Attribute,
        receiver: Value,
        args: list[Value],
        named: dict[str, Value],
        scope: Scope,
    ) -> Value:
        name = func.attr
        if receiver.kind in (Kind.MODEL, Kind.LOSS):
            return self._model_method(name, receiver, args, named, scope)
        if receiver.kind in (Kind.TENSOR, Kind.ARRAY):
            if name in ("to", "astype"):
                return moved(receiver, node, args, named, self.syntax.path(node.args[0]) if node.args else "")
            return tensor_method(receiver, name, args)
        method = self._own_method(receiver, name)
        if method is not None:
            return self._run_method(node, method, receiver, args, named)
        if name in ("append", "extend", "add", "insert") and args and isinstance(func.value, ast.Name):
            held = scope.get(func.value.id)
            if held.kind is Kind.SEQUENCE:
                scope.update(func.value.id, sequence(join(*held.items, args[-1])))
            return UNKNOWN
        if name in ("items", "values"):
            return sequence(sequence(UNKNOWN, receiver.element)) if name == "items" else receiver
        if name == "per_device_loader":
            return receiver
        return UNKNOWN

    def _model_method(
        self, name: str, receiver: Value, args: list[Value], named: dict[str, Value], scope: Scope
    ) -> Value:
        if name in ("to", "cuda", "cpu", "half", "float", "double"):
            place = Place.HOST if name == "cpu" else Place.DEVICE if name == "cuda" else receiver.place
            if name == "to" and (args or "device" in named):
                wanted = device_value(named.get("device") or args[0])
                place = wanted if wanted is not Place.UNKNOWN else place
            after = replace(receiver, place=place)
            if receiver.origin:
                scope.relocate(receiver.origin, place)
                for attributes in self.attributes.values():
                    for key, held in attributes.items():
                        if held.origin == receiver.origin:
                            attributes[key] = replace(held, place=place)
            return after
        if name in ("parameters", "named_parameters", "modules", "children"):
            return Value(Kind.SEQUENCE, receiver.place, origin=receiver.origin)
        if name == "state_dict":
            return Value(Kind.STATE, origin=receiver.origin, name="live")
        if name in ("train", "eval", "requires_grad_", "apply"):
            return receiver
        if name in self.attributes.get(receiver.name, {}):
            return self._apply(self.attributes[receiver.name][name], args, named)
        if name in ("forward", "__call__"):
            return self._apply(receiver, args, named)
        flat = flatten([*args, *named.values()])
        return replace(combine(*flat), through_model=True) if has_tensor(flat) else UNKNOWN
