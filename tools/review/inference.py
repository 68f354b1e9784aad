"""An abstract run of the module: what each expression holds, in the order in which it would happen."""

import ast
from dataclasses import replace

from tools.review.expressions import Expressions
from tools.review.operations import flatten
from tools.review.scope import Scope, assigned_in, bind_parameters, truth
from tools.review.syntax import FunctionNode, Syntax
from tools.review.values import NUMBER, UNKNOWN, Kind, Place, Value, combine, join, sequence

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


class Inference(Expressions):
    """Runs a module abstractly; `value` and `events` are what rules read."""

    def __init__(self, syntax: Syntax) -> None:
        super().__init__(syntax)
        self._returned: list[list[Value]] = []
        self._calls = 0
        self._nested = 0
        self._visited: set[ast.AST] = set()
        self._run()

    def _run(self) -> None:
        self._block(self.syntax.tree.body, self.module)
        main = self.syntax.train_model
        if main is not None:
            known = dict(CONTRACT)
            names = [a.arg for a in main.args.args[: len(CONTRACT)]]
            given = [known.get(name, value) for name, (_, value) in zip(names, CONTRACT, strict=False)]
            self.enter(main, given, {}, self.module)
        for node in self.syntax.classes.values():
            self._class(node)
        for function in self.syntax.functions:
            if function not in self._visited:
                owner = self.syntax.class_of(function)
                this = [] if owner is None else [Value(Kind.OBJECT, name=owner.name)]
                self.enter(function, this, {}, self.module)

    # --- functions and classes ------------------------------------------------------------------------------------

    def enter(self, node: FunctionNode, args: list[Value], named: dict[str, Value], outer: Scope) -> Value:
        if self._calls >= MAX_CALLS or self._nested >= MAX_NESTED:
            return UNKNOWN
        self._calls += 1
        self._nested += 1
        self._visited.add(node)
        self._returned.append([])
        inner = Scope(outer)
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
            self.eval(default, outer)
        bind_parameters(node, args, named, inner)
        self._block(node.body, inner)
        self._nested -= 1
        return join(*self._returned.pop(), *self.yielded.pop(node, []))

    def _class(self, node: ast.ClassDef) -> None:
        """Run each method of a network once, its tensors on the device; other classes run as they are used."""
        if node.name in self.attributes:
            return
        self.attributes[node.name] = {}
        if not self.syntax.is_module_class(node):
            return
        this = Value(Kind.MODEL, Place.UNKNOWN, name=node.name)
        methods = [item for item in node.body if isinstance(item, FunctionNode)]
        for method in sorted(methods, key=lambda item: item.name != "__init__"):
            count = len(method.args.posonlyargs) + len(method.args.args) - 1 - len(method.args.defaults)
            given = [this] + ([INSIDE_MODEL] * max(count, 0) if method.name != "__init__" else [])
            result = self.enter(method, given, {}, self.module)
            if method.name == "forward":
                self.outputs[node.name] = result

    def construct(self, node: ast.ClassDef, call: ast.Call, args: list[Value], named: dict[str, Value]) -> Value:
        self._class(node)
        if self.syntax.is_module_class(node):
            output = self.outputs.get(node.name, UNKNOWN)
            if any("Loss" in self.syntax.path(base) for base in node.bases) or node.name.endswith("Loss"):
                return Value(Kind.LOSS, name=node.name)
            return Value(Kind.MODEL, Place.HOST, name=node.name, origin=id(call), squashed=output.squashed)
        if any(self.syntax.path(base).endswith("Dataset") for base in node.bases):
            together = combine(*flatten([*args, *named.values()]))
            return Value(Kind.DATASET, together.place, items=(replace(together, kind=Kind.TENSOR),), name=node.name)
        init = next((m for m in node.body if isinstance(m, FunctionNode) and m.name == "__init__"), None)
        this = Value(Kind.OBJECT, name=node.name)
        if init is not None:
            self.enter(init, [this, *args], named, self.module)
        return this

    # --- statements -----------------------------------------------------------------------------------------------

    def _block(self, body: list[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _repeat(self, body: list[ast.stmt], scope: Scope) -> None:
        self.looping += 1
        self._block(body, scope)
        self.looping -= 1

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                held = self.eval(value, scope)
                for target in targets:
                    self.assign(target, held, scope)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.assign(target, self.eval(value, scope), scope)
            case ast.AugAssign(target=target, value=value):
                self._augment(target, value, scope)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                element = self.iterate(iterable, scope)
                scope.forget_constants(assigned_in(node))
                self.assign(target, element, scope)
                self._repeat([*body, *orelse], scope)
            case ast.While(test=test, body=body, orelse=orelse):
                scope.forget_constants(assigned_in(node))
                self.eval(test, scope)
                self._repeat([*body, *orelse], scope)
            case ast.If():
                self._branch(node, scope)
            case ast.With(items=items, body=body):
                for item in items:
                    held = self.eval(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, held, scope)
                self._block(body, scope)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._block([*body, *orelse], scope)
                for handler in handlers:
                    self._block(handler.body, scope.copy())
                self._block(final, scope)
            case ast.Return(value=value):
                if self._returned:
                    self._returned[-1].append(self.eval(value, scope) if value is not None else UNKNOWN)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.functions[node.name] = (node, scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.eval(child, scope)

    def _branch(self, node: ast.If, scope: Scope) -> None:
        known = truth(node.test, self.eval(node.test, scope), lambda e: self.eval(e, scope))
        if known is not None:
            self._block(node.body if known else node.orelse, scope)
            return
        other = scope.copy()
        self._block(node.body, scope)
        self._block(node.orelse, other)
        leaves = isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
        scope.merge(other, keep_mine=not leaves)

    def _augment(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        right = self.eval(value, scope)
        left = self.eval(target, scope)
        if Kind.TENSOR in (left.kind, right.kind):
            result = combine(left, right)
        elif left.kind is Kind.SEQUENCE and right.kind is Kind.SEQUENCE:
            result = sequence(*left.items, *right.items)
        else:
            counter = isinstance(value, ast.Constant) and bool(self.syntax.loops_around(target))
            result = replace(NUMBER, step_number=counter or left.step_number or right.step_number)
        self.assign(target, result, scope)

    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        self.note(target, value)
        match target:
            case ast.Name(id=name):
                scope.names[name] = value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                exact = value.kind is Kind.SEQUENCE and len(value.items) == len(elements)
                for index, element in enumerate(elements):
                    inner = element.value if isinstance(element, ast.Starred) else element
                    self.assign(inner, value.items[index] if exact else value.element, scope)
            case ast.Attribute(value=owner, attr=attr):
                holder = self.eval(owner, scope)
                if holder.kind in (Kind.OBJECT, Kind.MODEL) and holder.name in self.attributes:
                    self.attributes[holder.name][attr] = value
            case ast.Subscript():
                self.eval(target.value, scope)
                self.eval(target.slice, scope)
                if isinstance(target.value, ast.Name):
                    old = scope.names.get(target.value.id)
                    if old is not None and old.kind is Kind.SEQUENCE:
                        scope.names[target.value.id] = sequence(*(old.items or ()), value)
