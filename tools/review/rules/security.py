"""Hostile or escaping code. The box stops it; these rules say so before anything runs."""

import ast
from collections.abc import Iterator

from tools.review.edits import Delete, Edit
from tools.review.finding import Severity
from tools.review.program import Program
from tools.review.rule import Example, Hit, rule
from tools.review.syntax import constant, words

PROCESS = words("""
    subprocess multiprocessing threading _thread concurrent signal pty fcntl resource sched
""")
NETWORK = words("""
    socket ssl http urllib urllib3 requests httpx aiohttp ftplib smtplib telnetlib xmlrpc asyncio websocket boto3
    paramiko
""")
DYNAMIC = words("""
    pickle marshal shelve dill cloudpickle joblib ctypes cffi importlib imp runpy code codeop inspect gc dis
    builtins types ast sysconfig pkgutil zipimport faulthandler atexit
""")
FILES = words("""
    shutil tempfile pathlib glob io mmap sqlite3 zipfile tarfile gzip fileinput h5py
""")
SPAWNS = ("torch.multiprocessing.", "torch_xla.distributed.xla_multiprocessing.spawn", "torch_xla.launch")
SPLIT = frozenset({"os", "sys"})
ESCAPES = words("""
    __subclasses__ __globals__ __builtins__ __code__ __closure__ __mro__ __bases__ __base__ __getattribute__
    __reduce__ __reduce_ex__ __loader__ __spec__ f_globals f_locals f_back tb_frame gi_frame co_code
""")
FILE_CALLS = words("""
    torch.save torch.load torch.jit.save torch.jit.load numpy.save numpy.load numpy.savez numpy.savetxt
    numpy.loadtxt numpy.fromfile numpy.memmap numpy.genfromtxt pandas.read_csv pandas.read_parquet
    pandas.read_pickle json.dump torch_xla.core.xla_model.save torch.from_file safetensors.torch.save_file
    safetensors.torch.load_file
""")
SAFE_PATCH = ("torch.backends.", "torch._dynamo.config", "numpy.random")


def imports_of(program: Program) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Import):
            for item in node.names:
                yield node, item.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


def is_used(program: Program, module: str) -> bool:
    """Whether anything bound by importing `module` is read."""
    names = {a for a, p in program.syntax.aliases.items() if p == module or p.startswith(f"{module}.")}
    return any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names for n in program.syntax.nodes)


def dropped(program: Program, node: ast.Import | ast.ImportFrom, module: str) -> tuple[Edit, ...]:
    alone = len(node.names) == 1 or isinstance(node, ast.ImportFrom)
    return (Delete(node),) if alone and not is_used(program, module.split(".")[0]) else ()


@rule(
    "SEC001",
    "processes, threads or the network",
    Severity.ERROR,
    fixable=True,
    why="A training function computes on the arrays it is given; starting processes or opening sockets is refused.",
    example=Example("top", "import subprocess\nlisting = subprocess.run", "import random\nlisting = random.random"),
)
def processes(program: Program) -> Iterator[Hit]:
    for node, module in imports_of(program):
        root = module.split(".")[0]
        if root in PROCESS | NETWORK:
            kind = "the network" if root in NETWORK else "processes or threads"
            yield Hit(node, f"`{module}` gives access to {kind}", dropped(program, node, module))
    for call in program.syntax.calls:
        if program.path(call.func).startswith(SPAWNS):
            yield Hit(call, f"`{program.short(call.func)}` starts processes; the harness runs one on the given device")


@rule(
    "SEC002",
    "files",
    Severity.ERROR,
    why="Data arrives as arguments and results leave as return values; keep weights in memory with "
    "`copy.deepcopy(model.state_dict())`.",
    example=Example(
        "end",
        'torch.save(model.state_dict(), "model.pt")\nreturn model, metrics',
        "best = copy.deepcopy(model.state_dict())\nmodel.load_state_dict(best)\nreturn model, metrics",
    ),
)
def files(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        if path in FILE_CALLS or path == "open" or path.split(".")[0] in FILES:
            yield Hit(call, f"`{program.short(call)}` touches files")
        elif isinstance(call.func, ast.Attribute) and not path:
            written = ("to_csv", "to_parquet", "to_pickle", "savefig", "write_text", "read_text", "tofile")
            if call.func.attr in written:
                yield Hit(call, f"`{program.short(call)}` touches files")


@rule(
    "SEC003",
    "code made at run time",
    Severity.ERROR,
    why="eval, exec, pickle, ctypes and friends run code that no reviewer has seen.",
    example=Example("end", 'scale = eval("1 + 1")\nreturn model, metrics', "scale = 1 + 1\nreturn model, metrics"),
)
def dynamic(program: Program) -> Iterator[Hit]:
    for call in program.syntax.calls:
        path = program.path(call.func)
        if path in ("eval", "exec", "compile", "__import__", "globals", "locals", "vars") or path.startswith(
            "builtins."
        ):
            yield Hit(call, f"`{program.short(call)}` runs or reaches code that can't be reviewed")
        if path in ("getattr", "setattr", "delattr") and len(call.args) > 1 and _hides(program, call):
            yield Hit(call, f"`{program.short(call)}` reaches an attribute by a computed or private name")
    for node, module in imports_of(program):
        root = module.split(".")[0]
        if root in DYNAMIC and not (root == "gc" and _only(program, "gc", "collect")) and root != "types":
            yield Hit(node, f"`{module}` can run or reach code that can't be reviewed", dropped(program, node, module))


def _hides(program: Program, call: ast.Call) -> bool:
    name = constant(call.args[1])
    if isinstance(name, str):
        return name.startswith("__") or (program.path(call.func) != "getattr" and bool(program.path(call.args[0])))
    return bool(program.path(call.args[0])) and not program.path(call.args[0]).startswith(
        ("torch.nn", "torch.optim", "torch")
    )


def _only(program: Program, module: str, *functions: str) -> bool:
    used = {program.path(c.func) for c in program.syntax.calls if program.path(c.func).startswith(f"{module}.")}
    return used <= {f"{module}.{f}" for f in functions}


@rule(
    "SEC004",
    "an escape through Python's internals",
    Severity.ERROR,
    why="Walking `__subclasses__`, frames or `__globals__` is how sandboxes are left; no training code needs it.",
    example=Example(
        "end",
        "kinds = ().__class__.__base__.__subclasses__()\nreturn model, metrics",
        "kind = model.__class__.__name__\nreturn model, metrics",
    ),
)
def escapes(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ESCAPES:
            if not isinstance(program.syntax.parent[node], ast.Attribute):
                yield Hit(node, f"`{program.short(node)}` reaches into Python's internals")
        elif isinstance(node, ast.FunctionDef) and node.name in ("__reduce__", "__reduce_ex__", "__del__"):
            yield Hit(node, f"`{node.name}` runs code when an object is moved or dropped")
        elif isinstance(node, ast.Name) and node.id in ("__builtins__", "__loader__", "__spec__"):
            yield Hit(node, f"`{node.id}` reaches into Python's internals")
        elif isinstance(node, ast.Call) and program.path(node.func) in (
            "sys._getframe",
            "sys.settrace",
            "sys.setprofile",
        ):
            yield Hit(node, f"`{program.short(node)}` reaches into Python's internals")


@rule(
    "SEC005",
    "a library or the harness is patched",
    Severity.ERROR,
    why="Changing torch, sys.modules or the harness changes who measures the model.",
    example=Example(
        "setup",
        """
torch.nn.functional.cross_entropy = lambda *args: torch.zeros(())
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
        """
torch.backends.cudnn.benchmark = False
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
""",
    ),
)
def patches(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            inner = node if isinstance(node, ast.Attribute) else node.value
            path = program.path(inner)
            if path and "." in path and not path.startswith(SAFE_PATCH) and path != "os.environ":
                yield Hit(node, f"`{program.short(node)}` changes a library for everyone")
        elif (
            isinstance(node, ast.Call)
            and program.path(node.func) == "setattr"
            and node.args
            and program.path(node.args[0])
        ):
            yield Hit(node, f"`{program.short(node)}` changes a library for everyone")
    for node, module in imports_of(program):
        if module.split(".")[0] in ("arxla", "runtime", "tools", "agents", "graph", "evals", "__main__"):
            yield Hit(node, f"`{module}` is arxla's own code; generated code must stand alone")


RULES = (
    processes,
    files,
    dynamic,
    escapes,
    patches,
)
