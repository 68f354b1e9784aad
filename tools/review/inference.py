"""An abstract run of the module: what each expression holds, in the order in which it would happen."""

import ast
from dataclasses import dataclass, replace

from tools.review.operations import device_value, flatten, library_call, moved, tensor_method
from tools.review.scope import Scope, assigned_in, bind_parameters, truth
from tools.review.syntax import FunctionNode, Syntax
from tools.review.values import NUMBER, UNKNOWN, UNSET, Kind, Place, Value, combine, join, sequence

MAX_CALLS = 150
"""Local calls followed, over the whole module."""
MAX_NESTED = 5

DATA = Value(Kind.TENSOR, Place.HOST)
CONTRACT = [
    ("X_train", replace(DATA, roots=frozenset({"train"}))),
    ("y_train", replace(DATA, roots=frozenset({"train"}))),
    ("X_val", replace(DATA, roots=frozenset({"val"}))),
    ("y_val", replace(DATA, roots=frozenset({"val"}))),
    ("device", Value(Kind.DEVICE, Place.DEVICE)),
]
INSIDE_MODEL = Value(Kind.TENSOR, Place.DEVICE, through_model=True)


@dataclass(frozen=True, slots=True)
class Event:
    """One call as it happened: its receiver (for methods) and its arguments."""

    node: ast.Call
    name: str
    """The dotted path of a library call, or `.method`, or a local name."""
    receiver: Value
    args: tuple[Value, ...]


class Inference:
    """Runs a module abstractly; `value` and `events` are what rules read."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.events: list[Event] = []
        self.attributes: dict[str, dict[str, Value]] = {}
        self.callers: dict[ast.AST, list[ast.Call]] = {}
        self._values: dict[ast.AST, list[Value]] = {}
        self._outputs: dict[str, Value] = {}
        self._returned: list[list[Value]] = []
        self._calls = 0
        self._nested = 0
        self._visited: set[ast.AST] = set()
        self._module = Scope()
        self._run()

    def value(self, node: ast.AST) -> Value:
        """What `node` holds in every context in which it was reached."""
        return join(*self._values.get(node, ()))

    def contexts(self, node: ast.AST) -> list[Value]:
        """What `node` held, once per context."""
        return self._values.get(node, [])

    def _run(self) -> None:
        self._block(self.syntax.tree.body, self._module)
        main = self.syntax.train_model
        if main is not None:
            known = dict(CONTRACT)
            names = [a.arg for a in main.args.args[: len(CONTRACT)]]
            given = [known.get(name, value) for name, (_, value) in zip(names, CONTRACT, strict=False)]
            self._enter(main, given, {}, self._module)
        for node in self.syntax.classes.values():
            self._class(node)
        for function in self.syntax.functions:
            if function not in self._visited and self.syntax.class_of(function) is None:
                self._enter(function, [], {}, self._module)

    # --- functions and classes ------------------------------------------------------------------------------------

    def _enter(self, node: FunctionNode, args: list[Value], named: dict[str, Value], outer: Scope) -> Value:
        if self._calls >= MAX_CALLS or self._nested >= MAX_NESTED:
            return UNKNOWN
        self._calls += 1
        self._nested += 1
        self._visited.add(node)
        self._returned.append([])
        inner = Scope(outer)
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
            self._eval(default, outer)
        bind_parameters(node, args, named, inner)
        self._block(node.body, inner)
        self._nested -= 1
        return join(*self._returned.pop())

    def _class(self, node: ast.ClassDef) -> None:
        """Run each method once; tensors given to a network's methods are on the device."""
        if node.name in self.attributes:
            return
        self.attributes[node.name] = {}
        network = self.syntax.is_module_class(node)
        this = Value(Kind.MODEL if network else Kind.OBJECT, Place.UNKNOWN, name=node.name)
        methods = [item for item in node.body if isinstance(item, FunctionNode)]
        for method in sorted(methods, key=lambda item: item.name != "__init__"):
            count = len(method.args.posonlyargs) + len(method.args.args) - 1 - len(method.args.defaults)
            inside = network and method.name != "__init__"
            given = [this] + ([INSIDE_MODEL] * max(count, 0) if inside else [])
            if network or method.name == "__init__" or method not in self._visited:
                result = self._enter(method, given, {}, self._module)
                if method.name == "forward":
                    self._outputs[node.name] = result

    def _construct(self, node: ast.ClassDef, call: ast.Call, args: list[Value], named: dict[str, Value]) -> Value:
        self._class(node)
        if self.syntax.is_module_class(node):
            output = self._outputs.get(node.name, UNKNOWN)
            if any("Loss" in self.syntax.path(base) for base in node.bases) or node.name.endswith("Loss"):
                return Value(Kind.LOSS, name=node.name)
            return Value(Kind.MODEL, Place.HOST, name=node.name, origin=id(call), squashed=output.squashed)
        if any(self.syntax.path(base).endswith("Dataset") for base in node.bases):
            together = combine(*flatten([*args, *named.values()]))
            return Value(Kind.DATASET, together.place, items=(replace(together, kind=Kind.TENSOR),), name=node.name)
        init = next((m for m in node.body if isinstance(m, FunctionNode) and m.name == "__init__"), None)
        this = Value(Kind.OBJECT, name=node.name)
        if init is not None:
            self._enter(init, [this, *args], named, self._module)
        return this

    # --- statements -----------------------------------------------------------------------------------------------

    def _block(self, body: list[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                held = self._eval(value, scope)
                for target in targets:
                    self._assign(target, held, scope)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, self._eval(value, scope), scope)
            case ast.AugAssign(target=target, value=value):
                self._augment(target, value, scope)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                element = self._iterate(iterable, scope)
                scope.forget_constants(assigned_in(node))
                self._assign(target, element, scope)
                self._block([*body, *orelse], scope)
            case ast.While(test=test, body=body, orelse=orelse):
                scope.forget_constants(assigned_in(node))
                self._eval(test, scope)
                self._block([*body, *orelse], scope)
            case ast.If():
                self._branch(node, scope)
            case ast.With(items=items, body=body):
                for item in items:
                    held = self._eval(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, held, scope)
                self._block(body, scope)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._block([*body, *orelse], scope)
                for handler in handlers:
                    self._block(handler.body, scope.copy())
                self._block(final, scope)
            case ast.Return(value=value):
                if self._returned:
                    self._returned[-1].append(self._eval(value, scope) if value is not None else UNKNOWN)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.functions[node.name] = (node, scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._eval(child, scope)

    def _branch(self, node: ast.If, scope: Scope) -> None:
        known = truth(node.test, self._eval(node.test, scope), lambda e: self._eval(e, scope))
        if known is not None:
            self._block(node.body if known else node.orelse, scope)
            return
        other = scope.copy()
        self._block(node.body, scope)
        self._block(node.orelse, other)
        leaves = isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
        scope.merge(other, keep_mine=not leaves)

    def _augment(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        right = self._eval(value, scope)
        left = self._eval(target, scope)
        if Kind.TENSOR in (left.kind, right.kind):
            result = combine(left, right)
        elif left.kind is Kind.SEQUENCE and right.kind is Kind.SEQUENCE:
            result = sequence(*left.items, *right.items)
        else:
            counter = isinstance(value, ast.Constant) and bool(self.syntax.loops_around(target))
            result = replace(NUMBER, step_number=counter or left.step_number or right.step_number)
        self._assign(target, result, scope)

    def _iterate(self, iterable: ast.expr, scope: Scope) -> Value:
        held = self._eval(iterable, scope)
        if isinstance(iterable, ast.Call) and self.syntax.path(iterable.func) == "range":
            return replace(NUMBER, step_number=True)
        return held.element

    def _assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        self._note(target, value)
        match target:
            case ast.Name(id=name):
                scope.names[name] = value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                exact = value.kind is Kind.SEQUENCE and len(value.items) == len(elements)
                for index, element in enumerate(elements):
                    inner = element.value if isinstance(element, ast.Starred) else element
                    self._assign(inner, value.items[index] if exact else value.element, scope)
            case ast.Attribute(value=owner, attr=attr):
                holder = self._eval(owner, scope)
                if holder.kind in (Kind.OBJECT, Kind.MODEL) and holder.name in self.attributes:
                    self.attributes[holder.name][attr] = value
            case ast.Subscript():
                self._eval(target.value, scope)
                self._eval(target.slice, scope)
                if isinstance(target.value, ast.Name):
                    old = scope.names.get(target.value.id)
                    if old is not None and old.kind is Kind.SEQUENCE:
                        scope.names[target.value.id] = sequence(*(old.items or ()), value)

    # --- expressions ----------------------------------------------------------------------------------------------

    def _note(self, node: ast.AST, value: Value) -> Value:
        seen = self._values.setdefault(node, [])
        if value not in seen:
            seen.append(value)
        return value

    def _eval(self, node: ast.expr, scope: Scope) -> Value:
        return self._note(node, self._expression(node, scope))

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
                return self._subscript(self._eval(inner, scope), self._eval(index, scope))
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return sequence(*(self._eval(element, scope) for element in elements))
            case ast.Dict(keys=keys, values=values):
                for key in keys:
                    if key is not None:
                        self._eval(key, scope)
                return sequence(*(self._eval(value, scope) for value in values))
            case ast.Compare(left=left, comparators=others):
                sides = [self._eval(left, scope), *(self._eval(other, scope) for other in others)]
                return replace(combine(*sides), mask=True) if _has_tensor(sides) else NUMBER
            case ast.IfExp(test=test, body=body, orelse=orelse):
                known = truth(test, self._eval(test, scope), lambda e: self._eval(e, scope))
                yes, no = self._eval(body, scope), self._eval(orelse, scope)
                return join(yes, no) if known is None else yes if known else no
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Lambda(body=body):
                self._eval(body, Scope(scope))
                return UNKNOWN
            case ast.NamedExpr(target=target, value=value):
                held = self._eval(value, scope)
                self._assign(target, held, scope)
                return held
            case _:
                return self._operation(node, scope)

    def _operation(self, node: ast.expr, scope: Scope) -> Value:
        parts = [self._eval(child, scope) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp):
            if _has_tensor(parts):
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
            self._assign(generator.target, self._iterate(generator.iter, inner), inner)
            for test in generator.ifs:
                self._eval(test, inner)
        if isinstance(node, ast.DictComp):
            self._eval(node.key, inner)
            return sequence(self._eval(node.value, inner))
        return sequence(self._eval(node.elt, inner))

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
        owner = self._eval(node.value, scope)
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
            receiver = self._eval(func.value, scope)
        args = [self._eval(arg, scope) for arg in node.args]
        named = {item.arg or "**": self._eval(item.value, scope) for item in node.keywords}
        name = path or (f".{func.attr}" if isinstance(func, ast.Attribute) else ast.unparse(func)[:40])
        self.events.append(Event(node, name, receiver, tuple(args)))
        if isinstance(func, ast.Name):
            local = scope.function(func.id)
            if local is not None and local[0] is not self.syntax.train_model:
                self.callers.setdefault(local[0], []).append(node)
                return self._enter(local[0], args, named, local[1])
            if func.id in self.syntax.classes:
                return self._construct(self.syntax.classes[func.id], node, args, named)
        if path and "." not in path:
            return _builtin(path, args)
        if path:
            return library_call(path, node, args, named)
        if isinstance(func, ast.Attribute) and func.attr not in self.attributes.get(receiver.name, {}):
            return self._method(node, func, receiver, args, named, scope)
        return self._apply(self._eval(func, scope), args, named)

    def _apply(self, callee: Value, args: list[Value], named: dict[str, Value]) -> Value:
        """Calling a held value: a network or a loss."""
        flat = flatten([*args, *named.values()])
        if callee.kind is Kind.MODEL:
            output = self._outputs.get(callee.name, UNKNOWN)
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
            return self._model_method(node, name, receiver, args, named, scope)
        if receiver.kind in (Kind.TENSOR, Kind.ARRAY):
            if name in ("to", "astype"):
                return moved(receiver, node, args, named, self.syntax.path(node.args[0]) if node.args else "")
            return tensor_method(receiver, name, args)
        if receiver.kind is Kind.OBJECT and receiver.name in self.syntax.classes:
            for method in self.syntax.classes[receiver.name].body:
                if isinstance(method, FunctionNode) and method.name == name:
                    self.callers.setdefault(method, []).append(node)
                    return self._enter(method, [receiver, *args], named, self._module)
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
        self, node: ast.Call, name: str, receiver: Value, args: list[Value], named: dict[str, Value], scope: Scope
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
        return replace(combine(*flat), through_model=True) if _has_tensor(flat) else UNKNOWN


def _builtin(name: str, args: list[Value]) -> Value:
    if name in ("int", "float", "len", "abs", "round", "bool", "range", "pow"):
        if name in ("abs", "pow") and _has_tensor(args):
            return combine(*args)
        return replace(NUMBER, step_number=any(a.step_number for a in args))
    if name == "enumerate" and args:
        return sequence(sequence(replace(NUMBER, step_number=True), args[0].element))
    if name == "zip":
        return sequence(sequence(*(a.element for a in args)))
    if name in ("list", "tuple", "sorted", "reversed", "iter", "set") and args:
        return args[0]
    if name == "next" and args:
        return args[0].element
    if name in ("sum", "min", "max") and args:
        flat = flatten(args)
        return combine(*flat) if _has_tensor(flat) else NUMBER
    return UNKNOWN


def _has_tensor(values: list[Value]) -> bool:
    return any(value.kind in (Kind.TENSOR, Kind.ARRAY) for value in values)
