"""Names and packages that are not there."""

import ast
import builtins
import sys
from collections.abc import Iterator

from tools.review.edits import Edit, Import, Replace
from tools.review.finding import Severity
from tools.review.program import XM, Program
from tools.review.rule import Example, Hit, rule
from tools.review.rules.security import DYNAMIC, FILES, NETWORK, PROCESS
from tools.review.syntax import FunctionNode, words

AVAILABLE = frozenset({"torch", "torch_xla", "numpy", "scipy", "sklearn", "pandas", "tqdm", "torch_neuronx"})
ADVICE = {
    "transformers_xla": "there is no such package; `transformers` is the real name, and it is not in the box",
    "torchvision": "build the layers with torch.nn; the images are already arrays",
    "torchaudio": "use torch operations on the given arrays",
    "torchtext": "the tokens are already arrays",
    "transformers": "build the network with torch.nn",
    "pytorch_lightning": "write the training loop out",
    "lightning": "write the training loop out",
    "timm": "build the layers with torch.nn",
    "tensorflow": "write it in PyTorch",
    "keras": "write it in PyTorch",
    "matplotlib": "return the numbers in metrics; arxla draws them",
    "seaborn": "return the numbers in metrics; arxla draws them",
    "wandb": "return the numbers in metrics",
    "einops": "use view, permute and reshape",
    "torchmetrics": "compute the metric with torch",
}
COMMON = {
    "torch": "import torch",
    "nn": "import torch.nn as nn",
    "F": "import torch.nn.functional as F",
    "optim": "import torch.optim as optim",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "math": "import math",
    "random": "import random",
    "copy": "import copy",
    "deepcopy": "from copy import deepcopy",
    "time": "import time",
    "itertools": "import itertools",
    "functools": "import functools",
    "collections": "import collections",
    "defaultdict": "from collections import defaultdict",
    "OrderedDict": "from collections import OrderedDict",
    "Counter": "from collections import Counter",
    "deque": "from collections import deque",
    "dataclass": "from dataclasses import dataclass",
    "partial": "from functools import partial",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "Dataset": "from torch.utils.data import Dataset",
    "torch_xla": "import torch_xla",
    "xm": "import torch_xla.core.xla_model as xm",
    "pl": "import torch_xla.distributed.parallel_loader as pl",
    "CosineAnnealingLR": "from torch.optim.lr_scheduler import CosineAnnealingLR",
    "ReduceLROnPlateau": "from torch.optim.lr_scheduler import ReduceLROnPlateau",
    "StepLR": "from torch.optim.lr_scheduler import StepLR",
    "OneCycleLR": "from torch.optim.lr_scheduler import OneCycleLR",
    "Adam": "from torch.optim import Adam",
    "AdamW": "from torch.optim import AdamW",
    "SGD": "from torch.optim import SGD",
    "logging": "import logging",
    "warnings": "import warnings",
    "json": "import json",
    **{
        name: f"from typing import {name}"
        for name in ["Any", "Callable", "Dict", "List", "Optional", "Sequence", "Tuple", "Union"]
    },
}
BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__class__", "__package__", "__annotations__"}
XM_NAMES = words("""
    add_step_closure all_gather all_gather_bucketized all_reduce all_reduce_bucketized_gradients all_to_all
    broadcast_master_param collective_broadcast collective_permute do_on_ordinals get_local_ordinal get_memory_info
    get_ordinal get_rng_state get_stablehlo get_xla_supported_devices is_master_ordinal is_xla_tensor mark_step
    master_print mesh_reduce optimization_barrier_ optimizer_step recv reduce_gradients reduce_scatter
    reduce_scatter_bucketized rendezvous save send send_cpu_data_to_device set_rng_state unlazy wait_device_ops
    xla_device xla_device_hw xla_device_kind xla_real_devices xla_rendezvous xla_replication_devices xrt_world_size
    RateTracker REDUCE_SUM REDUCE_MAX REDUCE_MIN REDUCE_MUL
""")
TORCH_XLA_NAMES = words("""
    compile core custom_kernel debug device device_count devices distributed experimental launch manual_seed neuron
    plugins real_devices runtime save_as_stablehlo stablehlo step sync test tpu utils version xla_backend amp _XLAC
    __version__
""")
KNOWN = {
    XM: XM_NAMES,
    "torch_xla": TORCH_XLA_NAMES,
    "torch_xla.distributed": words(
        "data_parallel fsdp parallel_loader spmd xla_backend xla_multiprocessing zero_redundancy_optimizer"
    ),
    "torch_xla.distributed.parallel_loader": words("MpDeviceLoader ParallelLoader PerDeviceLoader"),
    "torch_xla.amp": words("autocast GradScaler syncfree"),
}
INSTEAD = {
    f"{XM}.step": "torch_xla.sync()",
    f"{XM}.sync": "torch_xla.sync()",
    f"{XM}.markstep": "xm.mark_step()",
    f"{XM}.mark_steps": "xm.mark_step()",
    f"{XM}.device": "torch_xla.device()",
    f"{XM}.get_device": "torch_xla.device()",
    "torch_xla.mark_step": "torch_xla.sync()",
    "torch_xla.xla_device": "torch_xla.device()",
    "torch_xla.optimizer_step": "xm.optimizer_step(optimizer)",
}


@rule(
    "IMP001",
    "a name that is never defined",
    Severity.ERROR,
    fixable=True,
    why="Python finds out only when the line runs, which may be after the first epoch.",
    example=Example(
        "end", "random.random()\nreturn model, metrics", "import random\nrandom.random()\nreturn model, metrics"
    ),
)
def undefined(program: Program) -> Iterator[Hit]:
    syntax = program.syntax
    if any(isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names) for n in syntax.nodes):
        return
    visible = _module_names(program) | BUILTINS
    reported: set[str] = set()
    local: dict[ast.AST, set[str]] = {}
    for node in syntax.nodes:
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in visible:
            continue
        if node.id in reported:
            continue
        around = [up for up in syntax.ancestors(node) if isinstance(up, _SCOPES)]
        local.update({up: _local_names(up) for up in around if up not in local})
        if any(node.id in local[up] for up in around):
            continue
        if node.id.endswith("_test") or node.id.startswith("test_"):
            continue
        reported.add(node.id)
        wanted = COMMON.get(node.id)
        help_text = f"; add `{wanted}`" if wanted else ""
        yield Hit(node, f"`{node.id}` is not defined{help_text}", (Import(wanted),) if wanted else ())


_SCOPES = FunctionNode | ast.ClassDef | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def _module_names(program: Program) -> set[str]:
    return _bound(program.syntax.tree)


def _local_names(node: ast.AST) -> set[str]:
    if isinstance(node, FunctionNode | ast.Lambda):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names = {a.arg for a in [*every, *(a for a in (arguments.vararg, arguments.kwarg) if a is not None)]}
        return names | (_bound(node) if isinstance(node, FunctionNode) else set())
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    return _bound(node) if isinstance(node, ast.ClassDef) else set()


def _bound(scope: ast.AST) -> set[str]:
    """Names that a scope binds itself, without those of nested functions and classes."""
    names: set[str] = set()
    pending = list(getattr(scope, "body", []))
    while pending:
        node = pending.pop()
        if isinstance(node, FunctionNode | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            names |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            names.update(node.names)
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        pending.extend(ast.iter_child_nodes(node))
    return names


@rule(
    "IMP002",
    "a package that is not in the box",
    Severity.ERROR,
    why="The box holds the standard library, torch, torch_xla, numpy, scipy, scikit-learn and pandas, and no network.",
    example=Example("top", "import torchvision", "import numpy"),
)
def unavailable(program: Program) -> Iterator[Hit]:
    refused = PROCESS | NETWORK | DYNAMIC | FILES
    for node in program.syntax.nodes:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else ["."]
        for name in names:
            root = name.split(".")[0]
            known = root in AVAILABLE or root in sys.stdlib_module_names or root in refused
            ours = root in ("arxla", "runtime", "tools", "agents", "graph", "evals", "__main__")
            if known or ours or optional_import(program, node):
                continue
            shown = "a relative import" if not root else f"`{name}`"
            yield Hit(
                node, f"{shown} is not in the box: {ADVICE.get(root, 'use torch, numpy, scipy, sklearn or pandas')}"
            )


def optional_import(program: Program, node: ast.AST) -> bool:
    """Whether an import may fail: it stands in a `try` that minds it."""
    up = program.syntax.parent[node]
    return isinstance(up, ast.Try) and any(
        "Import" in ast.unparse(h.type) or "ModuleNotFound" in ast.unparse(h.type) for h in up.handlers if h.type
    )


@rule(
    "IMP003",
    "a torch_xla function that does not exist",
    Severity.ERROR,
    fixable=True,
    why="Language models make up plausible names; this raises an AttributeError on the device.",
    example=Example(
        "step",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
xm.step()
total += loss.detach()
""",
        """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
xm.mark_step()
total += loss.detach()
""",
    ),
)
def invented(program: Program) -> Iterator[Hit]:
    for node in program.syntax.nodes:
        if not isinstance(node, ast.Attribute):
            continue
        path = program.path(node)
        owner, _, leaf = path.rpartition(".")
        known = KNOWN.get(owner)
        if known is None or leaf in known or leaf.startswith("__"):
            continue
        instead = INSTEAD.get(path)
        yield Hit(
            node,
            f"`{program.short(node)}` does not exist" + (f"; use `{instead}`" if instead else ""),
            _real(program, node, instead),
        )
    for node in program.syntax.nodes:
        known = KNOWN.get(node.module or "") if isinstance(node, ast.ImportFrom) else None
        if known is None or not isinstance(node, ast.ImportFrom):
            continue
        for item in node.names:
            if item.name not in known:
                yield Hit(node, f"`{node.module}` has no `{item.name}`")


def _real(program: Program, node: ast.Attribute, instead: str | None) -> tuple[Edit, ...]:
    call = program.syntax.parent[node]
    if instead is None or not isinstance(call, ast.Call) or call.func is not node:
        return ()
    if instead == "torch_xla.sync()" or instead == "torch_xla.device()":
        return Replace(call, instead), Import("import torch_xla")
    return ()


RULES = (undefined, unavailable, invented)
