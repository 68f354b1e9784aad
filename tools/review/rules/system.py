"""Rules about what belongs to the machine: its process, its environment, its network."""

import ast
from collections.abc import Iterator

from tools.review.edits import Delete
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.rules.security import FILES, SPLIT, dropped, imports_of, is_used
from tools.review.syntax import constant

DOWNLOADS = ("torch.hub.", "torch.utils.model_zoo.", "sklearn.datasets.fetch_", "huggingface_hub.")


@rule(
    "SEC006",
    "ending, pausing or asking",
    Severity.ERROR,
    fixable=True,
    why="A job may not end the process, wait for a person or sleep: return, or raise an exception.",
    example=Example(
        "end",
        "import time\ntime.sleep(1)\nreturn model, metrics",
        "import time\nmetrics['ended'] = time.time()\nreturn model, metrics",
    ),
)
def exits(program: Program) -> Iterator[Hit]:
    names = (
        "sys.exit",
        "os._exit",
        "os.abort",
        "os.kill",
        "time.sleep",
        "input",
        "breakpoint",
        "exit",
        "quit",
        "pdb.set_trace",
    )
    for call in program.syntax.calls:
        path = program.path(call.func)
        if path in names:
            statement = program.syntax.statement_of(call)
            pause = path in ("time.sleep", "breakpoint", "pdb.set_trace") and isinstance(statement, ast.Expr)
            yield Hit(
                call,
                f"`{program.short(call)}` has no place in a training function",
                (Delete(statement),) if pause else (),
            )


@rule(
    "SEC007",
    "an unneeded import of os or sys",
    Severity.WARNING,
    fixable=True,
    why="Nothing is read from it, and it opens the machine to whatever is added later.",
    example=Example("top", "import os", "import random"),
)
def unneeded(program: Program) -> Iterator[Hit]:
    for node, module in imports_of(program):
        root = module.split(".")[0]
        if root in SPLIT | FILES | {"glob", "types"} and not is_used(program, root):
            yield Hit(node, f"`{module}` is imported and never used", dropped(program, node, module))


@rule(
    "SEC008",
    "a download",
    Severity.ERROR,
    why="There is no network in the box; build the network from scratch and train it on the given data.",
    example=Example(
        "setup",
        """
model = torch.hub.load("pytorch/vision", "resnet18").to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
)
def downloads(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        if (
            path.startswith(DOWNLOADS)
            or path.endswith((".from_pretrained", ".urlretrieve"))
            or (isinstance(call.func, ast.Attribute) and call.func.attr == "from_pretrained" and not path)
        ):
            yield Hit(call, f"`{program.short(call)}` downloads")
        elif constant(next((k.value for k in call.keywords if k.arg == "download"), None)) is True:
            yield Hit(call, f"`{program.short(call)}` downloads a data set")


@rule(
    "SEC009",
    "the operating system",
    Severity.ERROR,
    why="Environment variables, commands and the interpreter's state belong to the harness.",
    example=Example("top", 'import os\nHOME = os.environ["HOME"]', "HOME = None"),
)
def operating_system(program: Program) -> Iterator[Hit]:
    allowed = (
        "os.path.",
        "os.cpu_count",
        "sys.version",
        "sys.maxsize",
        "sys.float_info",
        "sys.stdout",
        "sys.stderr",
        "sys.getsizeof",
    )
    handled = ("sys.exit", "os._exit", "os.abort", "os.kill", "sys._getframe", "sys.settrace", "sys.setprofile")
    for node in program.syntax.nodes:
        if not isinstance(node, ast.Attribute) or isinstance(program.syntax.parent[node], ast.Attribute):
            continue
        path = program.path(node)
        read = isinstance(node.ctx, ast.Load) and path.split(".")[0] in SPLIT and "." in path
        if read and not path.startswith(allowed) and path not in handled:
            yield Hit(node, f"`{program.short(node)}` reaches outside the training function")


RULES = (
    exits,
    unneeded,
    downloads,
    operating_system,
)
