"""Random programs of loops, conditions and indices, and a run of them that looks whether what was proven holds."""

import ast
import copy
import random

from runtime.compiler.abstract.facts import Fact, Facts

MOST_TURNS = 300


def program(seed: int) -> str:
    """Of two lists, two integers, and an array made by itself."""
    chance = random.Random(seed)
    size = chance.choice(["n + 1", "n % 5 + 1", "m", "m + 2"])
    head = f"    i = 0\n    j = 1\n    m = len(x)\n    z = np.zeros({size})\n"
    return "import numpy as np\ndef f(x, y, n, k):\n" + head + _block(chance, 1, 3) + "    return i\n"


def _block(chance: random.Random, depth: int, deeper: int) -> str:
    return "".join(_statement(chance, depth, deeper) for _ in range(chance.randint(2, 4)))


def _statement(chance: random.Random, depth: int, deeper: int) -> str:
    pad = "    " * depth
    name = chance.choice("ijk")
    kind = chance.choice(["store", "store", "assign", "count", "for", "for", "while", "if"])
    if deeper == 0 and kind in ("for", "while", "if"):
        kind = "store"
    inner = _block(chance, depth + 1, deeper - 1) if kind in ("for", "while", "if") else ""
    match kind:
        case "store":
            array, other = chance.choice("xyz"), chance.choice("xyz")
            return f"{pad}{array}[{_number(chance, array)}] = float({other}[{_number(chance, other)}]) + 1.0\n"
        case "assign":
            return f"{pad}{name} = {_number(chance)}\n"
        case "count":
            return f"{pad}{name} += {chance.choice([1, 1, 2, -1, 'n'])}\n"
        case "for":
            return f"{pad}for {chance.choice('ij')} in range({_limits(chance)}):\n{inner}"
        case "while":
            return f"{pad}while {_test(chance)}:\n{inner}{pad}    {name} += 1\n"
        case "if":
            other = f"{pad}else:\n{_block(chance, depth + 1, 0)}" if chance.random() < 0.4 else ""
            return f"{pad}if {_test(chance)}:\n{inner}{other}"
    raise ValueError(kind)


def _limits(chance: random.Random) -> str:
    return chance.choice([
        _number(chance), f"{_number(chance)}, {_number(chance)}", f"len({chance.choice('xyz')})",
        "m - 1, -1, -1", "1, m", "m - i", "i, m",
        f"{_number(chance)}, {_number(chance)}, {chance.choice(['1', '2', '-1', 'n', 'k'])}",
    ])  # fmt: skip


def _test(chance: random.Random) -> str:
    sign = chance.choice(["<", "<=", ">", ">=", "==", "!="])
    one = f"{chance.choice('ijkn')} {sign} {_number(chance)}"
    return one if chance.random() < 0.6 else f"{one} {chance.choice(['and', 'or'])} not {_test(chance)}"


def _number(chance: random.Random, array: str = "x") -> str:
    name, other = chance.choice("ijknm"), chance.choice("ijknm")
    return chance.choice([
        name, name, name, f"{name} - 1", f"{name} + 1", f"len({array}) - 1 - {name}", f"{name} % len({array})",
        f"len({array})", f"len({array}) - {name}", f"{name} * {other}", f"{name} - {other}", f"({name} + {other}) // 2",
        f"min({name}, len({array}) - 1)", f"max({name}, 0)", f"-{name}", f"{name} * 3 - 7", str(chance.randint(-2, 3)),
        f"({name} if {name} >= 0 else 0)", f"{name} // 3", f"m - {name}",
    ])  # fmt: skip


class Watched(ast.NodeTransformer):
    """The program with a call around all of which something was proven, and around what compiled code would check."""

    def __init__(self, facts: Facts, node: ast.FunctionDef) -> None:
        self.facts = facts
        self.made = copy.deepcopy(node)
        self.old = dict(zip(ast.walk(self.made), ast.walk(node), strict=True))

    def tree(self) -> ast.FunctionDef:
        return ast.fix_missing_locations(self.visit(self.made))

    def around(self, node: ast.expr, old: ast.AST) -> ast.expr:
        return _call("fits__" if self.facts.hold(Fact.FITS, old) else "checked__", node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self.around(self.generic_visit(node), self.old[node])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        made = self.generic_visit(node)
        return self.around(made, self.old[node]) if isinstance(node.op, ast.USub) else made

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        load = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], self.around(ast.BinOp(load, node.op, self.visit(node.value)), self.old[node]))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        made = self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            made.args = [_call("near__", argument) for argument in made.args]
        return made

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        proven = self.facts.hold(Fact.INSIDE, self.old[node.slice])
        made = self.generic_visit(node)
        made.slice = _call("inside__", made.slice, copy.deepcopy(made.value)) if proven else made.slice
        return made

    def visit_For(self, node: ast.For) -> ast.stmt:
        made = self.generic_visit(node)
        made.body.insert(0, ast.Expr(_call("turn__")))
        return made

    visit_While = visit_For  # noqa: N815 - the name that ast.NodeVisitor looks for


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
