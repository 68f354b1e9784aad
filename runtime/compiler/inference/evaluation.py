"""Which types an expression may have, as far as the file itself tells: literals, constructors, well-known functions.

A small abstract evaluation. It follows variables, attributes of `self` and functions of the same file; `?` stands for
what it does not know, and may be replaced by a guess, such as a classifier's prediction for a neighbour.
"""

import ast
from collections.abc import Callable, Iterable

from runtime.compiler.inference import known
from runtime.compiler.inference.classes import kind
from runtime.compiler.inference.scopes import Binding, Code, Scope, called
from runtime.compiler.value_types import kind_of, parts, union
from runtime.python_source import parse_expression

UNKNOWN = "?"
DEEPEST = 8
LONGEST_NAME = 60
MOST_CALLS = 8
Types = frozenset[str]
NOTHING: Types = frozenset({UNKNOWN})
Guess = Callable[[str, str], str]
"""What is thought of a variable (or `return`) of a function that the file does not tell; "" for nothing."""
NUMBERS = ("complex", "float", "int", "bool")


def container(outer: str, *inside: Types) -> str:
    """`list[int]`; the bare name where what is inside is not known."""
    if not inside or any(UNKNOWN in types or not types for types in inside):
        return outer
    name = f"{outer}[{', '.join(union(sorted(types)) for types in inside)}]"
    return outer if len(name) > LONGEST_NAME else name


def inside_of(name: str) -> list[str]:
    """What stands in a type's brackets, split at its commas: `str`, `list[int]` of `dict[str, list[int]]`."""
    if "[" not in name:
        return []
    text, found, depth, begun = name[name.index("[") + 1 : -1], [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and not depth:
            found.append(text[begun:at].strip())
            begun = at + 1
    return [*found, text[begun:].strip()]


def split(name: str) -> Types:
    """The members of a union, `?` for `Any`."""
    return frozenset(UNKNOWN if part == "Any" else part for part in parts(name))


class Evaluation:
    """Types of the expressions of one file; remembers what it found."""

    def __init__(self, code: Code, guess: Guess | None = None) -> None:
        self.code = code
        self.guess = guess
        self._found: dict[tuple[object, ...], Types] = {}
        self._open: set[tuple[object, ...]] = set()

    def _once(self, key: tuple[object, ...], make: Callable[[], Types]) -> Types:
        """What was found before; `?` while it is being looked for, and beyond a depth."""
        if key in self._found:
            return self._found[key]
        if key in self._open or len(self._open) > DEEPEST * 3:
            return NOTHING
        self._open.add(key)
        try:
            found = make()
        finally:
            self._open.discard(key)
        self._found[key] = found
        return found

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
        found = self._once(("variable", id(scope), name), lambda: self._bound(name, scope))
        return self._guessed(found, scope.name, name)

    def _guessed(self, found: Types, function: str, name: str) -> Types:
        if found != NOTHING or self.guess is None:
            return found
        guessed = self.guess(function, name)
        return split(guessed) if guessed else found

    def _bound(self, name: str, scope: Scope) -> Types:
        found: set[str] = set()
        if any(argument.arg == name for argument in scope.arguments):
            found |= self.argument(name, scope)
        for binding in scope.bindings.get(name, []):
            found |= self.binding(binding, scope, frozenset(found))
        return frozenset(found) or NOTHING

    def argument(self, name: str, scope: Scope) -> Types:
        """By its annotation, else by its default value and the calls in the file."""
        if isinstance(scope.node, ast.Module):
            return NOTHING
        args = scope.node.args
        if args.vararg and args.vararg.arg == name:
            return frozenset({"tuple"})
        if args.kwarg and args.kwarg.arg == name:
            return frozenset({"dict"})
        found: set[str] = set()
        for argument in scope.arguments:
            if argument.arg == name and argument.annotation:
                return self.annotation(argument.annotation)
        for passed, caller in self.passed(name, scope):
            found |= self.types(passed, caller)
        default = scope.default(name)
        if default is not None:
            found |= self.types(default, scope.outer or self.code.module)
        return frozenset(found or {UNKNOWN}) | (NOTHING if found <= {"None"} else frozenset())

    def passed(self, name: str, scope: Scope) -> list[tuple[ast.expr, Scope]]:
        """What calls in the file pass for an argument."""
        short = scope.name.rpartition(".")[2]
        method = bool(scope.owner) and bool(scope.arguments) and scope.arguments[0].arg in ("self", "cls")
        calls = self.code.calls.get(scope.owner if short == "__init__" and method else short, [])
        positional = [argument.arg for argument in scope.arguments][1 if method else 0 :]
        found = []
        for call, caller in calls[:MOST_CALLS]:
            if method and short != "__init__" and isinstance(call.func, ast.Name):
                continue
            for place, value in enumerate(call.args):
                if isinstance(value, ast.Starred):
                    break
                if place < len(positional) and positional[place] == name:
                    found.append((value, caller))
            found += [(keyword.value, caller) for keyword in call.keywords if keyword.arg == name]
        return found

    def binding(self, binding: Binding, scope: Scope, before: Types = NOTHING) -> Types:
        """What one binding gives its variable."""
        expression = binding.expression
        if expression is None:
            fixed = {"function": "function", "class": "type", "module": "object", "caught": "object"}
            return frozenset({fixed.get(binding.how, UNKNOWN)})
        if binding.how == "annotated":
            return self.annotation(expression)
        types = self.types(expression, scope)
        if binding.how == "changed" and binding.operator:
            return self.operation(binding.operator, before, types)
        if binding.how == "entered":
            return frozenset({"object"}) if types != NOTHING else NOTHING
        if binding.how == "element":
            types = self.elements(expression, scope)
        for place in binding.path:
            types = self.at(types, place)
        return types

    def at(self, types: Types, place: int) -> Types:
        """What lies at a place of a tuple or list that is unpacked; -1 for the list of a starred name."""
        if place == -1:
            return frozenset({"list"})
        found: set[str] = set()
        for name in types:
            inside = inside_of(name)
            if kind_of(name) == "tuple" and place < len(inside) and inside[-1] != "...":
                found |= split(inside[place])
            elif name == "str":
                found.add("str")
            else:
                found |= split(inside[0]) if inside else NOTHING
        return frozenset(found)

    def elements(self, source: ast.expr, scope: Scope) -> Types:
        """What iterating gives."""
        match source:
            case ast.Call(func=ast.Name(id="range")):
                return frozenset({"int"})
            case ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]):
                return frozenset({container("tuple", frozenset({"int"}), self._known(self.elements(first, scope)))})
            case ast.Call(func=ast.Name(id="zip"), args=args) if args:
                return frozenset({container("tuple", *(self._known(self.elements(arg, scope)) for arg in args))})
            case ast.Call(
                func=ast.Name(id="reversed" | "iter" | "sorted" | "list" | "tuple" | "set"), args=[first, *_]
            ):
                return self.elements(first, scope)
            case ast.Call(func=ast.Name(id="open")):
                return frozenset({"str"})
            case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name), _]) if name in known.CLASSES:
                return frozenset({name if kind(name) in ("int", "str", "float", "tuple", "list") else "object"})
            case ast.Call(func=ast.Attribute(value=held, attr="items" | "keys" | "values" as part), args=[]):
                return self._of_dict(self.types(held, scope), part)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return self._joined(self.types(part, scope) for part in parts)
        found: set[str] = set()
        for name in self.types(source, scope):
            found |= self.element(name)
        return frozenset(found)

    def _known(self, types: Types) -> Types:
        return frozenset({"Any"}) if UNKNOWN in types else types

    def _of_dict(self, types: Types, part: str) -> Types:
        found: set[str] = set()
        for name in types:
            inside = inside_of(name) if kind_of(name) == "dict" else []
            key, value = inside if len(inside) == 2 else ("Any", "Any")
            whole = {"keys": key, "values": value, "items": f"tuple[{key}, {value}]"}[part]
            found |= split(whole)
        return frozenset(found)

    def element(self, name: str) -> Types:
        """Of a container's type."""
        inside = inside_of(name)
        outer = kind_of(name)
        if outer in ("str", "bytes"):
            return frozenset({"str" if outer == "str" else "int"})
        if outer in ("list", "set", "frozenset", "dict") and inside:
            return split(inside[0])
        if outer == "tuple" and inside:
            return self._joined(split(part) for part in inside if part != "...")
        return NOTHING

    def _joined(self, many: Iterable[Types]) -> Types:
        found: set[str] = set()
        for types in many:
            found |= types
        return frozenset(found) or NOTHING

    def types(self, node: ast.expr, scope: Scope) -> Types:
        """Of an expression."""
        return self._once(("expression", id(node)), lambda: self._expression(node, scope))

    def _expression(self, node: ast.expr, scope: Scope) -> Types:
        match node:
            case ast.Constant(value=value):
                return frozenset({"None" if value is None else type(value).__name__})
            case ast.Name(id=name):
                return self.variable(name, scope)
            case ast.JoinedStr():
                return frozenset({"str"})
            case ast.List(elts=parts) | ast.Set(elts=parts):
                outer = "list" if isinstance(node, ast.List) else "set"
                return frozenset(
                    {container(outer, *([self._joined(self.types(p, scope) for p in parts)] * bool(parts)))}
                )
            case ast.Tuple(elts=parts):
                return frozenset({container("tuple", *(self._known(self.types(part, scope)) for part in parts[:8]))})
            case ast.Dict(keys=keys, values=values):
                first = self._joined(self.types(key, scope) for key in keys[:20] if key)
                second = self._joined(self.types(value, scope) for value in values[:20])
                return frozenset({container("dict", first, second)})
            case ast.ListComp(elt=part) | ast.SetComp(elt=part):
                outer = "list" if isinstance(node, ast.ListComp) else "set"
                return frozenset({container(outer, self.types(part, scope))})
            case ast.DictComp(key=key, value=value):
                return frozenset({container("dict", self.types(key, scope), self.types(value, scope))})
            case ast.GeneratorExp():
                return frozenset({"object"})
            case ast.Lambda():
                return frozenset({"function"})
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return frozenset({"bool"})
            case ast.BoolOp(values=values):
                found = self._joined(self.types(value, scope) for value in values)
                last = self.types(values[-1], scope)
                return found - {"None"} if isinstance(node.op, ast.Or) and "None" not in last else found
            case ast.IfExp(body=body, orelse=orelse):
                return self._joined((self.types(body, scope), self.types(orelse, scope)))
            case ast.UnaryOp(operand=operand):
                return frozenset("int" if name == "bool" else name for name in self.types(operand, scope))
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(op, self.types(left, scope), self.types(right, scope))
            case ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.types(value, scope)
            case ast.Await(value=value):
                return self.types(value, scope)
            case ast.Subscript(value=value, slice=index):
                return self.part(self.types(value, scope), index)
            case ast.Attribute():
                return self.attribute(node, scope)
            case ast.Call():
                return self.call(node, scope)
        return NOTHING

    def operation(self, op: ast.operator, left: Types, right: Types) -> Types:
        """Of a binary operation, by Python's rules for built-in types."""
        found = {self._pair(op, one, other) for one in left or NOTHING for other in right or NOTHING}
        return frozenset(found)

    def _pair(self, op: ast.operator, left: str, right: str) -> str:
        outer = (kind_of(left), kind_of(right))
        if isinstance(op, ast.Mod) and outer[0] in ("str", "bytes"):
            return outer[0]
        if "ndarray" in outer:
            return "ndarray"
        if outer[0] in NUMBERS and outer[1] in NUMBERS:
            wide = min(outer, key=NUMBERS.index)
            if isinstance(op, ast.Div):
                return "complex" if wide == "complex" else "float"
            if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and outer == ("bool", "bool"):
                return "bool"
            return "int" if wide == "bool" else wide
        sequences = ("str", "bytes", "list", "tuple")
        if isinstance(op, ast.Mult) and (outer[0] in sequences or outer[1] in sequences):
            return left if outer[0] in sequences else right
        if isinstance(op, ast.Add) and (outer[0] in sequences or outer[1] in sequences):
            return left if left == right else outer[0] if outer[0] in sequences else outer[1]
        if outer[0] in ("set", "frozenset", "dict") and outer[0] == outer[1]:
            return left
        if isinstance(op, ast.Div) and UNKNOWN in outer and ("float" in outer or "int" in outer):
            return "float"
        if UNKNOWN in outer and "float" in outer and isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.Pow):
            return "float"
        if UNKNOWN in outer and isinstance(op, ast.LShift | ast.RShift | ast.FloorDiv) and "int" in outer:
            return "int"
        return UNKNOWN

    def part(self, held: Types, index: ast.expr) -> Types:
        """Of a subscript."""
        found: set[str] = set()
        for name in held:
            outer, inside = kind_of(name), inside_of(name)
            if isinstance(index, ast.Slice):
                found.add(
                    name if outer in ("str", "bytes", "list", "ndarray") else outer if outer == "tuple" else UNKNOWN
                )
            elif outer == "tuple" and isinstance(index, ast.Constant) and isinstance(index.value, int):
                place = index.value
                exact = bool(inside) and inside[-1] != "..." and -len(inside) <= place < len(inside)
                found |= split(inside[place]) if exact else self.element(name)
            elif outer == "dict":
                found |= split(inside[1]) if len(inside) == 2 else NOTHING
            else:
                found |= self.element(name)
        return frozenset(found) or NOTHING

    def attribute(self, node: ast.Attribute, scope: Scope) -> Types:
        """`self.x` by what the class sets it to; modules' values and attributes that mean the same everywhere."""
        dotted = ast.unparse(node) if isinstance(node.value, ast.Name | ast.Attribute) else ""
        if dotted in known.VALUES:
            return frozenset({known.VALUES[dotted]})
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            return self.own_attribute(scope.owner, node.attr)
        if node.attr in known.ATTRIBUTES:
            return frozenset({known.ATTRIBUTES[node.attr]})
        return NOTHING

    def own_attribute(self, owner: str, name: str) -> Types:
        """Of an instance, looked up in the class and its bases in the file."""
        seen: set[str] = set()
        waiting = [owner]
        while waiting:
            current = waiting.pop()
            if current in seen or not current:
                continue
            seen.add(current)
            bindings = self.code.attributes.get((current, name), [])
            for method in self.code.by_name.get(name, []):
                if method.owner == current and method.is_property:
                    return self.returned(method)
            if bindings:
                key = ("attribute", current, name)
                return self._once(key, lambda found=bindings: self._of_attribute(found))  # type: ignore[misc]
            node = self.code.classes.get(current)
            waiting += [base.id for base in node.bases if isinstance(base, ast.Name)] if node else []
        return NOTHING

    def _of_attribute(self, bindings: list[tuple[Binding, Scope]]) -> Types:
        return self._joined(self.binding(binding, scope) for binding, scope in bindings[:MOST_CALLS])

    def call(self, node: ast.Call, scope: Scope) -> Types:
        """What a call returns."""
        name = called(node)
        if isinstance(node.func, ast.Name):
            if name in self.code.by_name and not self._is_builtin(name):
                return self.returned(self.code.by_name[name][-1])
            if name in self.code.classes:
                return frozenset({"object"})
            if name in known.BUILTINS:
                return self._builtin(name, node, scope)
            if name in known.IMPORTED and self._is_imported(name):
                return frozenset({known.IMPORTED[name]})
            return NOTHING if name[:1].islower() or name[:1] == "_" else frozenset({"object", UNKNOWN})
        if not isinstance(node.func, ast.Attribute):
            return NOTHING
        dotted = ast.unparse(node.func) if isinstance(node.func.value, ast.Name | ast.Attribute) else ""
        if dotted in known.FUNCTIONS:
            return frozenset({known.FUNCTIONS[dotted]})
        if isinstance(node.func.value, ast.Name) and node.func.value.id in ("self", "cls"):
            own = [one for one in self.code.by_name.get(name, []) if one.owner == scope.owner]
            if own or name in self.code.by_name:
                return self.returned((own or self.code.by_name[name])[-1])
        return self._method(name, self.types(node.func.value, scope), node)

    def _is_imported(self, name: str) -> bool:
        return any(binding.how == "imported" for binding in self.code.module.bindings.get(name, []))

    def _is_builtin(self, name: str) -> bool:
        return name in known.BUILTINS and all(scope.owner for scope in self.code.by_name[name])

    def _builtin(self, name: str, node: ast.Call, scope: Scope) -> Types:
        result = known.BUILTINS[name]
        first = node.args[0] if node.args else None
        if result == known.SAME:
            return self.types(first, scope) if first else NOTHING
        if result == known.ITEM:
            if first is None:
                return NOTHING
            several = len(node.args) > 1 and name in ("min", "max")
            if several:
                return self._joined(self.types(argument, scope) for argument in node.args)
            inside = first.elt if isinstance(first, ast.GeneratorExp) else None
            return self.types(inside, scope) if inside else self.elements(first, scope)
        if result == known.ITEMS or (name in ("list", "tuple", "set", "frozenset") and first):
            outer = "list" if result == known.ITEMS else name
            inside_types = self.elements(first, scope) if first else NOTHING
            if outer == "tuple":
                return frozenset({"tuple"})
            return frozenset({container(outer, inside_types)})
        return frozenset({"float" if name == "round" and len(node.args) > 1 else result})

    def _method(self, name: str, held: Types, node: ast.Call) -> Types:
        found: set[str] = set()
        for receiver in held:
            outer = kind_of(receiver)
            result = known.METHODS.get(outer, {}).get(name)
            inside = inside_of(receiver)
            if result is None:
                found.add(known.ANYWHERE.get(name, UNKNOWN) if outer in (UNKNOWN, "object") else UNKNOWN)
            elif result == known.SAME:
                found.add(receiver)
            elif result == known.ITEM:
                found |= self.element(receiver)
            elif result == "<value>":
                found |= split(inside[1]) if len(inside) == 2 else NOTHING
                found |= {"None"} if name == "get" and len(node.args) == 1 else set()
            else:
                found.add(result)
        return frozenset(found) or NOTHING

    def returned(self, scope: Scope) -> Types:
        """What a call of a function of the file returns (`object` for generators and coroutines)."""
        if scope.yields:
            return frozenset({"object"})
        return self._guessed(self.result(scope), scope.name, "return")

    def result(self, scope: Scope) -> Types:
        """What its `return` or `yield` statements give, by its annotation where it has one."""
        return self._once(("result", id(scope)), lambda: self._result(scope))

    def _result(self, scope: Scope) -> Types:
        node = scope.node
        if isinstance(node, ast.Module):
            return NOTHING
        if node.returns and not scope.yields:
            annotated = self.annotation(node.returns)
            if annotated != NOTHING:
                return annotated
        values = scope.yields or scope.returns
        if not values:
            return frozenset({"None"})
        return self._joined(frozenset({"None"}) if value is None else self.types(value, scope) for value in values)

    def annotation(self, node: ast.expr) -> Types:
        """What an annotation allows."""
        match node:
            case ast.Constant(value=None):
                return frozenset({"None"})
            case ast.Constant(value=str(text)):
                try:
                    return self.annotation(parse_expression(text))
                except SyntaxError:
                    return NOTHING
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.annotation(left) | self.annotation(right)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self._named(name)
            case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
                return self._generic(outer, inner)
        return NOTHING

    def _named(self, name: str) -> Types:
        name = known.ANNOTATIONS.get(name, name)
        if kind(name) == name and name != "object":
            return frozenset({name})
        return NOTHING if name in ("Any", "object") or len(name) <= 2 else frozenset({"object", UNKNOWN})

    def _generic(self, outer: str, inner: ast.expr) -> Types:
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if outer == "Optional":
            return self.annotation(inner) | {"None"}
        if outer == "Union":
            return self._joined(self.annotation(part) for part in parts)
        if outer in ("Literal", "Annotated", "Final", "ClassVar"):
            first = parts[0]
            if outer == "Literal":
                return frozenset({type(first.value).__name__}) if isinstance(first, ast.Constant) else NOTHING
            return self.annotation(first)
        name = known.ANNOTATIONS.get(outer, outer)
        if name in ("list", "set", "frozenset", "dict"):
            return frozenset({container(name, *(self.annotation(part) for part in parts))})
        return self._named(outer)
