"""Rules about how networks are put together."""

import ast
from collections.abc import Iterator

from tools.review.edits import KEPT, Around, Before
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.values import Kind


@rule(
    "TRN023",
    "layers in a plain Python list",
    Severity.ERROR,
    fixable=True,
    why="Layers in a list are no submodules: the optimizer and `.to(device)` never see their weights.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = [nn.Linear(width, width), nn.Linear(width, width)]
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)
""",
    ),
)
def listed_layers(program: Program) -> Iterator[Hit]:
    for function in program.syntax.functions:
        owner = program.syntax.class_of(function)
        if function.name != "__init__" or owner is None or not program.syntax.is_module_class(owner):
            continue
        source = ast.unparse(function)
        for node in ast.walk(function):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if not isinstance(target, ast.Attribute) or not isinstance(node, ast.Assign):
                continue
            if not isinstance(node.value, ast.List | ast.ListComp):
                continue
            held = program.value(node.value).element
            appended = [
                n
                for n in ast.walk(function)
                if isinstance(n, ast.Call) and ast.unparse(n.func) == f"{ast.unparse(target)}.append"
            ]
            holds_layers = held.kind is Kind.MODEL or any(
                program.value(c.args[0]).kind is Kind.MODEL for c in appended if c.args
            )
            if (
                holds_layers
                and f"Sequential(*{ast.unparse(target)}" not in source
                and f"ModuleList({ast.unparse(target)}" not in source
            ):
                nn = next((alias for alias, path in program.syntax.aliases.items() if path == "torch.nn"), "torch.nn")
                edit = Around(node.value, node.value, f"{nn}.ModuleList({KEPT})")
                yield Hit(
                    node, f"`{program.short(target)}` hides its layers from the optimizer; use nn.ModuleList", (edit,)
                )


@rule(
    "TRN024",
    "a network without super().__init__()",
    Severity.ERROR,
    fixable=True,
    why="nn.Module must be initialised before layers are assigned: `cannot assign module before Module.__init__()`.",
    example=Example(
        "net",
        """
class Net(nn.Module):
    def __init__(self, width):
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x)
""",
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        return self.out(x)
""",
    ),
)
def no_super(program: Program) -> Iterator[Hit]:
    for function in program.syntax.functions:
        owner = program.syntax.parent[function]
        if (
            function.name != "__init__"
            or not isinstance(owner, ast.ClassDef)
            or not program.syntax.is_module_class(owner)
        ):
            continue
        if ".__init__(" not in ast.unparse(function):
            yield Hit(
                function,
                f"`{owner.name}.__init__` does not call `super().__init__()`",
                (Before(_first(function), "super().__init__()"),),
            )


def _first(function: ast.AST) -> ast.stmt:
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    first, *rest = function.body
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and rest
    return rest[0] if documented else first


RULES = (
    listed_layers,
    no_super,
)
