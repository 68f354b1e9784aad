"""Which types an expression may have, as far as a file and those beside it tell.

A small abstract evaluation. It follows variables, attributes, functions and their calls; `?` stands for what it does
not know, and may be replaced by a guess, such as a classifier's prediction for a neighbour.
"""

import ast
from collections.abc import Callable

from runtime.compiler.inference import callers, calls, expressions, iteration, known
from runtime.compiler.inference.annotations import annotation
from runtime.compiler.inference.docstrings import Docstring, Documented, documented
from runtime.compiler.inference.filling import filled
from runtime.compiler.inference.operators import operation
from runtime.compiler.inference.project import Bound, Project
from runtime.compiler.inference.scopes import Binding, Code, Scope
from runtime.compiler.inference.type_names import ITERATOR, NOTHING, UNKNOWN, Types, container, joined, split

DEEPEST = 24
MOST_SET = 8
"""Places that set an attribute, looked at."""
Guess = Callable[[Scope, str], str]
"""What is thought of a variable (or `return`) of a function that the files do not tell; "" for nothing."""


class Evaluation:
    """Types of the expressions of the files of a project; remembers what it found."""

    def __init__(self, code: Code, guess: Guess | None = None, project: Project | None = None) -> None:
        self.code = code
        self.guess = guess
        self.project = project or Project([code])
        self._found: dict[tuple[object, ...], Types] = {}
        self._open: set[tuple[object, ...]] = set()
        self._documented: dict[Documented, Docstring] = {}

    def once(self, key: tuple[object, ...], make: Callable[[], Types]) -> Types:
        """What was found before; `?` while it is being looked for, and beyond a depth."""
        if key in self._found:
            return self._found[key]
        if key in self._open or len(self._open) > DEEPEST:
            return NOTHING
        self._open.add(key)
        try:
            found = make()
        finally:
            self._open.discard(key)
        self._found[key] = found
        return found

    def documented(self, node: Documented) -> Docstring:
        """What a function's or a class's docstring says."""
        if node not in self._documented:
            self._documented[node] = documented(node)
        return self._documented[node]

    def types(self, node: ast.expr, scope: Scope) -> Types:
        """Of an expression."""
        return self.once(("expression", node), lambda: expressions.types(self, node, scope))

    def variable(self, name: str, scope: Scope) -> Types:
        """All that a variable is bound to, as seen from a scope."""
        holder: Scope | None = scope
        while holder is not None:
            if name in holder.bindings or any(argument.arg == name for argument in holder.arguments):
                return self._own(name, holder)
            holder = holder.outer
        if name in known.CLASSES:
            return frozenset({"type"})
        return frozenset({"function"}) if name in known.BUILTINS else NOTHING

    def _own(self, name: str, scope: Scope) -> Types:
        found = self.once(("variable", scope, name), lambda: self._bound(name, scope))
        return self.guessed(found, scope, name)

    def guessed(self, found: Types, scope: Scope, name: str) -> Types:
        """The guess where nothing was found."""
        if found != NOTHING or self.guess is None:
            return found
        guessed = self.guess(scope, name)
        return split(guessed) if guessed else found

    def _bound(self, name: str, scope: Scope) -> Types:
        if name in ("self", "cls") and scope.is_method and scope.arguments[0].arg == name:
            return frozenset({"type"}) if name == "cls" else self.instance(scope.code, scope.owner)
        found: set[str] = set()
        if any(argument.arg == name for argument in scope.arguments):
            found |= self.argument(name, scope)
        for binding in scope.bindings.get(name, []):
            found |= self.binding(binding, scope, frozenset(found), name)
        return filled(self, name, scope, frozenset(found) or NOTHING)

    def instance(self, code: Code, name: str) -> Types:
        """Of a class; `object` where it is not known."""
        held = self.project.class_of(code, name)
        return frozenset({self.project.class_name(*held) if held else "object"})

    def argument(self, name: str, scope: Scope) -> Types:
        """By its annotation, else by its default value and by what calls pass."""
        if isinstance(scope.node, ast.Module):
            return NOTHING
        args = scope.node.args
        if args.vararg and args.vararg.arg == name:
            return frozenset({"tuple"})
        if args.kwarg and args.kwarg.arg == name:
            return frozenset({container("dict", frozenset({"str"}), callers.extra(self, scope))})
        for argument in scope.arguments:
            if argument.arg == name and argument.annotation:
                return self.annotation(argument.annotation, scope)
        found: set[str] = set()
        for passed, caller in callers.passed(self, name, scope):
            found |= self.types(passed, caller)
        default = scope.default(name)
        if default is not None:
            found |= self.types(default, scope.outer or scope.code.module)
        return frozenset(found or {UNKNOWN}) | (NOTHING if found <= {"None"} else frozenset())

    def declared(self, name: str, scope: Scope) -> Types:
        """What an argument is by its hint, its default value, or what is thought of it; not by what calls pass."""
        for argument in scope.arguments:
            if argument.arg == name and argument.annotation:
                return self.annotation(argument.annotation, scope)
        default = scope.default(name)
        found = self.types(default, scope.outer or scope.code.module) if default is not None else NOTHING
        return self.guessed(found - {"None"} or NOTHING, scope, name)

    def binding(self, binding: Binding, scope: Scope, before: Types = NOTHING, name: str = "") -> Types:
        """What one binding gives its variable."""
        expression = binding.expression
        if expression is None:
            return self._named(binding, scope, name)
        if binding.how == "annotated":
            return self.annotation(expression, scope)
        types = self.types(expression, scope)
        if binding.how == "changed" and binding.operator:
            return operation(binding.operator, before, types)
        if binding.how == "entered":
            return calls.entered(types)
        if binding.how == "element":
            types = iteration.elements(self, expression, scope)
        for place in binding.path:
            types = iteration.at(types, place)
        return types

    def _named(self, binding: Binding, scope: Scope, name: str) -> Types:
        """A name that a definition or an import binds."""
        if binding.how == "imported":
            holder = self.project.variable_of(scope.code, name)
            if holder is not None:
                return self._own(scope.code.imports[name][1], holder)
            if self.project.functions_of(scope.code, name):
                return frozenset({"function"})
            return frozenset({"type"}) if self.project.class_of(scope.code, name) else NOTHING
        fixed = {"function": "function", "class": "type", "module": "object", "caught": "object"}
        return frozenset({fixed.get(binding.how, UNKNOWN)})

    def attribute_bound(self, bound: Bound) -> Types:
        """By all that an attribute of one class is set to."""
        first = bound[0][0]
        return self.once(
            ("attribute", first, id(bound)),
            lambda: joined(self.binding(binding, scope) for binding, scope in bound[:MOST_SET]),
        )

    def returned(self, scope: Scope) -> Types:
        """What a call of a function returns."""
        if scope.yields:
            return frozenset({container(ITERATOR, self.result(scope))})
        return self.guessed(self.result(scope), scope, "return")

    def result(self, scope: Scope) -> Types:
        """What its `return` or `yield` statements give, by its annotation where it has one."""
        return self.once(("result", scope), lambda: self._result(scope))

    def _result(self, scope: Scope) -> Types:
        node = scope.node
        if isinstance(node, ast.Module):
            return NOTHING
        if node.returns and not scope.yields:
            annotated = self.annotation(node.returns, scope)
            if annotated != NOTHING:
                return annotated
        values = scope.yields or scope.returns
        if not values:
            return frozenset({"None"})
        return joined(frozenset({"None"}) if value is None else self.types(value, scope) for value in values)

    def annotation(self, node: ast.expr, scope: Scope) -> Types:
        """What an annotation allows, classes and aliases looked up."""
        return self.once(("annotation", node), lambda: annotation(node, lambda name: self._meant(name, scope)))

    def _meant(self, name: str, scope: Scope) -> Types:
        if name == "Self":
            return self.instance(scope.code, scope.owner)
        holder = scope.code.module
        if name in scope.code.classes or self.project.class_of(scope.code, name):
            return self.instance(scope.code, name)
        for code_scope, known_as in ((holder, name), (self.project.variable_of(scope.code, name), name)):
            values = code_scope.bindings.get(known_as, []) if code_scope else []
            alias = [binding.expression for binding in values if binding.how == "value" and binding.expression]
            if alias and isinstance(alias[0], ast.Subscript | ast.BinOp | ast.Name):
                return self.annotation(alias[0], code_scope or holder)
        return NOTHING
