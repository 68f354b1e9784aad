"""May a truth value stand where an integer stood? mypyc makes 1 of a True that is put into a variable for integers."""

import ast

TRUTH, WHOLE = "truth", "whole"
Found = frozenset[str]
NEITHER: Found = frozenset()
BOTH: Found = frozenset({TRUTH, WHOLE})
MAKES_TRUTH = {"bool", "isinstance", "any", "all", "callable", "hasattr"}
PASSES_ON = {
    "max", "min", "sorted", "list", "tuple", "set", "frozenset", "reversed", "iter", "next", "zip", "dict",
}  # fmt: skip

PUTS_IN = {"append", "add", "insert", "extend", "update", "setdefault", "appendleft"}
ROUNDS = 10
RESULT = "its result"


def in_type(name: str) -> Found:
    """What a value of the type is or holds; text holds neither."""
    found = {TRUTH} if "bool" in name else set()
    return frozenset(found | {WHOLE} if any(word in name for word in ("int", "byte", "Any", "range")) else found)


def mixed_truth(node: ast.FunctionDef, types: dict[str, str]) -> str:
    """A name that is, or holds, a truth value at times and an integer at others; `its result`; empty when none is.

    `types`: of arguments, and of globals that are constants.
    """
    reader = _Reader({name: in_type(told) for name, told in types.items()}, node.name)
    for _ in range(ROUNDS):
        before = dict(reader.held)
        for item in ast.walk(node):
            reader.read(item)
        if before == reader.held:
            break
    mixed = sorted(name for name, found in reader.held.items() if found == BOTH and name not in types)
    return next((name for name in mixed if name != RESULT), mixed[0] if mixed else "")


class _Reader:
    """Collects what every name is or holds, until nothing is added."""

    def __init__(self, held: dict[str, Found], function: str) -> None:
        self.held, self.function = held, function

    def read(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self.bind(target, value)
            case ast.AugAssign(target=target, op=op, value=value):
                self.add(target, self.of(ast.BinOp(target, op, value)))
            case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                self.walk(target, source)
            case ast.Return(value=ast.expr() as value):
                self.held[RESULT] = self.held.get(RESULT, NEITHER) | self.of(value)
            case ast.Call(func=ast.Attribute(value=container, attr=attr), args=args) if attr in PUTS_IN:
                self.add(container, self.any(args[1:] if attr in ("insert", "setdefault") else args))

    def bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                self.bind(one, its)
        else:
            self.add(target, self.of(value))

    def walk(self, target: ast.expr, source: ast.expr) -> None:
        pair = isinstance(target, ast.Tuple) and isinstance(source, ast.Call) and isinstance(source.func, ast.Name)
        if pair and source.func.id == "enumerate" and len(target.elts) == 2 and source.args:  # type: ignore[attr-defined]
            self.add(target.elts[0], frozenset({WHOLE}))  # type: ignore[attr-defined]
            self.add(target.elts[1], self.of(source.args[0]))  # type: ignore[attr-defined]
        else:
            self.add(target, self.of(source))

    def add(self, target: ast.expr, found: Found) -> None:
        match target:
            case ast.Name(id=name):
                self.held[name] = self.held.get(name, NEITHER) | found
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.add(part, found)
            case ast.Starred(value=inner) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
                self.add(inner, found)

    def any(self, nodes: list[ast.expr]) -> Found:
        return frozenset[str]().union(*(self.of(node) for node in nodes))

    def of(self, node: ast.expr) -> Found:
        """What the expression may be, or hold; whatever is not known may be both when one of its parts is a truth."""
        match node:
            case ast.Constant(value=bool()) | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return frozenset({TRUTH})
            case ast.Constant(value=value):
                return frozenset({WHOLE}) if isinstance(value, int | bytes) else NEITHER
            case ast.Name(id=name):
                return self.held.get(name, NEITHER)
            case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return self.any(parts)
            case ast.IfExp(body=body, orelse=orelse):
                return self.of(body) | self.of(orelse)
            case ast.NamedExpr(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                return self.of(inner)
            case ast.Dict(keys=keys, values=values):
                return self.any([*(key for key in keys if key), *values])
            case ast.DictComp(key=key, value=value):
                return self.of(key) | self.of(value)
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
                return self.of(elt)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(op, left, right)
            case ast.UnaryOp():
                return frozenset({WHOLE})
            case ast.Call():
                return self.call(node)
            case ast.JoinedStr():
                return NEITHER
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return BOTH if TRUTH in self.any(parts) else frozenset({WHOLE})

    def operation(self, op: ast.operator, left: ast.expr, right: ast.expr) -> Found:
        containers = [side for side in (left, right) if isinstance(side, ast.List | ast.Tuple | ast.ListComp)]
        if containers:  # joined or repeated
            return self.any([left, right]) if isinstance(op, ast.Add) else self.any([*containers])
        found = self.any([left, right])
        if TRUTH not in found or (isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and found == {TRUTH}):
            return found
        return BOTH if not isinstance(op, ast.FloorDiv | ast.Mod | ast.LShift | ast.RShift) else frozenset({WHOLE})

    def call(self, node: ast.Call) -> Found:
        match node.func:
            case ast.Name(id=name) if name == self.function:
                return self.held.get(RESULT, NEITHER)
            case ast.Name(id=name) if name in MAKES_TRUTH:
                return frozenset({TRUTH})
            case ast.Name(id=name) if name in PASSES_ON:
                return self.any(node.args)
            case ast.Name(id=name):
                return NEITHER if name in ("str", "chr", "repr", "bin", "hex") else frozenset({WHOLE})
            case ast.Attribute(attr=attr) if attr.startswith(("is", "starts", "ends")):
                return frozenset({TRUTH})
            case ast.Attribute(value=held, attr=attr):
                known = attr in ("count", "index", "find", "rfind")
                return frozenset({WHOLE}) if known else self.any([held, *node.args])
        return BOTH
