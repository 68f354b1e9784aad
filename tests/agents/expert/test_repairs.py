"""Programs such as small language models write, each broken in one way: the debugger mends them and they run."""

import re
import textwrap
from typing import Any, NamedTuple

import pytest
import torch

from agents.contracts import Attempt, DebugRequest
from agents.expert import ExpertDebugger
from agents.expert.repairs import replacement
from runtime.search_space import defaults, parse_search_space
from runtime.training_function import TrainingFunction

HEAD = """
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset
"""
LOOP = """
def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    lr = hyperparams["lr"]
    batch_size = int(hyperparams["batch_size"])
    epochs = int(hyperparams["epochs"])
    model = Net(int(hyperparams["hidden_size"])).to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in train_loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            outputs = model(xb)
            loss = criterion(outputs, yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        train_losses.append(total / len(train_loader))
        model.eval()
        with torch.no_grad():
            outputs = model(X_val.to(device))
            val_loss = criterion(outputs, y_val.to(device))
            val_losses.append(val_loss.item())
            val_acc.append((outputs.argmax(1).cpu() == y_val).float().mean().item())
        print(f"epoch {epoch + 1}/{epochs}")
    metrics = {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
    return model, metrics
"""
NETS = {
    "table": """
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(12, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.drop = nn.Dropout(0.1)
        self.fc2 = nn.Linear(hidden, 3)

    def forward(self, x):
        x = F.relu(self.norm(self.fc1(x)))
        return self.fc2(self.drop(x))
""",
    "sequence": """
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.conv = nn.Conv1d(2, 8, 5, padding=2)
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.GRU(8, 16, batch_first=True)
        self.attend = nn.MultiheadAttention(16, 4, batch_first=True)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.conv(x)))
        x, _ = self.lstm(x.permute(0, 2, 1))
        x, _ = self.attend(x, x, x)
        return self.fc(x.mean(1))
""",
    "image": """
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(16 * 3 * 3, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(x.size(0), -1)
        return self.fc(x)
""",
    "text": """
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(60, 8)
        self.fc = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.fc(self.embed(tokens).mean(1))
""",
    "regression": """
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(12, hidden)
        self.fc2 = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x))).squeeze(-1)
""",
}
SPACE = {
    "lr": {"default": 0.01, "type": "Real", "low": 1e-4, "high": 0.1, "prior": "log-uniform"},
    "batch_size": {"default": 32, "type": "Categorical", "categories": [16, 32, 64]},
    "epochs": {"default": 2, "type": "Integer", "low": 1, "high": 4},
    "hidden_size": {"default": 16, "type": "Integer", "low": 8, "high": 64},
    "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
}


class Broken(NamedTuple):
    """A program with one part replaced; `says` is what its failure must mention."""

    name: str
    kind: str
    old: str
    new: str
    says: str
    rows: int = 64


def program(kind: str) -> str:
    loop = LOOP
    if kind == "regression":
        loop = loop.replace("nn.CrossEntropyLoss()", "nn.MSELoss()")
        loop = re.sub(r"val_acc.append.*", "val_acc.append(-val_loss.item())", loop)
    return HEAD + NETS[kind] + loop


BROKEN = [
    Broken("linear too narrow", "table", "nn.Linear(12, hidden)", "nn.Linear(10, hidden)", "cannot be multiplied"),
    Broken("flattened size wrong", "image", "nn.Linear(16 * 3 * 3, 3)", "nn.Linear(400, 3)", "cannot be multiplied"),
    Broken("image not flattened", "image", "        x = x.view(x.size(0), -1)\n", "", "multiplied"),
    Broken("conv for colour images", "image", "nn.Conv2d(1, 8", "nn.Conv2d(3, 8", "to have 3 channels"),
    Broken("conv2 for other channels", "image", "nn.Conv2d(8, 16", "nn.Conv2d(16, 16", "channels, but got 8"),
    Broken("steps before channels", "sequence", "        x = self.pool(F",
           "        x = x.transpose(1, 2)\n        x = self.pool(F",
           "channels, but got 40"),
    Broken("channel axis lost", "image", "    lr = hyper",
           "    X_train, X_val = X_train[:, 0], X_val[:, 0]\n    lr = hyper",
           "to have 1 channels"),
    Broken("tables to a convolution", "image", "    lr = hyper",
           "    X_train, X_val = X_train.flatten(1), X_val.flatten(1)\n    lr = hyper",
           "input to conv2d"),
    Broken("recurrence of another width", "sequence", "nn.GRU(8, 16", "nn.GRU(12, 16", "equal to input_size"),
    Broken("norm of another width", "table", "nn.BatchNorm1d(hidden)", "nn.BatchNorm1d(24)", "running_mean"),
    Broken("norm for other axes", "table", "nn.BatchNorm1d(hidden)", "nn.BatchNorm2d(hidden)", "expected 4D input"),
    Broken("view of a fixed batch", "image", "x.view(x.size(0), -1)", "x.view(32, 144)",
           "invalid for input of size", 40),
    Broken("view splits rows", "image", "x.view(x.size(0), -1)", "x.view(-1, 72)", "multiplied"),
    Broken("view after permute", "image", "x.view(x.size(0), -1)", "x.permute(0, 2, 3, 1).view(x.size(0), -1)",
           "not compatible"),
    Broken("too few classes", "table", "nn.Linear(hidden, 3)", "nn.Linear(hidden, 2)", "out of bounds"),
    Broken("pooled to nothing", "image", "x = self.pool(F.relu(self.conv2(x)))",
           "x = self.pool(self.pool(self.pool(F.relu(self.conv2(x)))))", "too small"),
    Broken("kernel larger than the signal", "sequence", "nn.Conv1d(2, 8, 5, padding=2)", "nn.Conv1d(2, 8, 50)",
           "Kernel size"),
    Broken("last batch of one row", "table", "epochs = int",
           "X_train, y_train = X_train[:33], y_train[:33]\n    epochs = int",
           "more than 1 value"),
    Broken("float labels", "table", "    lr = hyper", "    y_train = y_train.float()\n    lr = hyper", "Float"),
    Broken("double inputs", "table", "    lr = hyper", "    X_train = X_train.double()\n    lr = hyper", "ouble"),
    Broken("float tokens", "text", "    lr = hyper", "    X_train = X_train.float()\n    lr = hyper", "indices"),
    Broken("numpy inputs", "table", "    lr = hyper", "    X_train = X_train.numpy()\n    lr = hyper", "not callable"),
    Broken("labels with an axis too many", "table", "    lr = hyper",
           "    y_train = y_train[:, None]\n    lr = hyper", "target"),
    Broken("numpy of what needs gradients", "table", "            total += loss.item()",
           "            total += loss.numpy()",
           "requires grad"),
    Broken("loss left a vector", "table", "nn.CrossEntropyLoss()", 'nn.CrossEntropyLoss(reduction="none")', "scalar"),
    Broken("cuda asserted", "table", ".to(device)\n    optimizer", ".cuda()\n    optimizer", "driver"),
    Broken("cuda by name", "table", "xb.to(device), yb.to(device)", 'xb.to("cuda"), yb.to("cuda")', "driver"),
    Broken("forgotten import", "table", "import torch.nn.functional as F\n", "", "'F' is not defined"),
    Broken("forgotten loader import", "table", "from torch.utils.data import DataLoader, TensorDataset\n", "",
           "DataLoader"),
    Broken("slip of the pen", "table", "loss.backward()", "lss.backward()", "'lss' is not defined"),
    Broken("hyperparameter not read", "table", '    lr = hyperparams["lr"]\n', "", "'lr' is not defined"),
    Broken("missing progress bar", "table", "in train_loader:", "in tqdm(train_loader):", "tqdmm"),
    Broken("missing package", "table", "import torch.optim as optim",
           "import torch.optim as optim\nfrom tqdmm import tqdm",
           "tqdmm"),
    Broken("misspelt module", "table", "import torch.optim as optim", "import torch.optims as optim", "torch.optims"),
    Broken("import from elsewhere", "table", "import torch.optim as optim",
           "import torch.optim as optim\nfrom torch.nn import DataLoader", "cannot import name"),
    Broken("nn.relu", "table", "F.relu(self.norm", "nn.relu(self.norm", "relu"),
    Broken("Conv1D", "sequence", "nn.Conv1d", "nn.Conv1D", "Conv1D"),
    Broken("zero_grads", "table", "zero_grad()", "zero_grads()", "zero_grads"),
    Broken("nn.Dense", "table", "self.fc2 = nn.Linear", "self.fc2 = nn.Dense", "Dense"),
    Broken("hyperparams.lr", "table", 'hyperparams["lr"]', "hyperparams.lr", "'dict' object"),
    Broken("item of a float", "table", "total += loss.item()", "total += loss.item().item()", "'float' object"),
    Broken("unknown keyword", "table", "lr=lr)", "lr=lr, momentum=0.9)", "momentum"),
    Broken("closed signature", "table", "device, **hyperparams):",
           "device, lr=0.01, batch_size=32):\n    hyperparams = dict(lr=lr, batch_size=32, epochs=2, hidden_size=16)",
           "unexpected"),
    Broken("demanded argument", "table", "device, **hyperparams):", "device, momentum, **hyperparams):", "momentum"),
    Broken("four parameters", "table", "y_val, device, **", "y_val, **", "takes"),
    Broken("unknown hyperparameter", "table", '["epochs"])', '["num_epochs"])', "num_epochs"),
    Broken("float sizes", "table", 'int(hyperparams["hidden_size"])', 'hyperparams["hidden_size"] * 1.0', "empty()"),
    Broken("plateau without a loss", "table", "        print(f",
           "        optim.lr_scheduler.ReduceLROnPlateau(optimizer).step()\n        print(f",
           "'metrics'"),
    Broken("recurrence's state", "sequence", "x, _ = self.lstm(", "x = self.lstm(", "tuple"),
    Broken("heads don't divide", "sequence", "nn.MultiheadAttention(16, 4", "nn.MultiheadAttention(16, 3", "divisible"),
    Broken("short embedding", "text", "nn.Embedding(60, 8)", "nn.Embedding(40, 8)", "out of range"),
    Broken("in-place in forward", "table", "return self.fc2(self.drop(x))",
           "x += torch.sigmoid(x)\n        x *= 2\n        x += torch.exp(x)\n        return self.fc2(self.drop(x))",
           "inplace"),
    Broken("model alone", "table", "return model, metrics", "return model", "must return"),
    Broken("other way round", "table", "return model, metrics", "return metrics, model", "must be a torch.nn.Module"),
    Broken("three values", "table", "return model, metrics", "return model, train_losses, val_losses", "must return"),
    Broken("nothing returned", "table", "    return model, metrics\n", "", "must return"),
    Broken("other names", "table", '"val_acc": val_acc', '"val_accuracy": val_acc', "metrics lacks 'val_acc'"),
    Broken("metric not handed over", "table", ', "val_losses": val_losses', "", "metrics lacks 'val_losses'"),
    Broken("one number", "table", '"train_losses": train_losses', '"train_losses": train_losses[-1]', "must be a list"),
    Broken("another name for train_model", "table", "def train_model(", "def train_net(", "train_model"),
    Broken("fences and prose", "table", HEAD, "Here is the code:\n```python" + HEAD, "invalid syntax"),
    Broken("no batch at all", "table", "shuffle=True)", "shuffle=True, drop_last=True)", "division by zero", 24),
    Broken("broadcast targets", "regression", "nn.MSELoss()", "nn.BCEWithLogitsLoss()", "same as input size"),
]  # fmt: skip


def function_of(code: str, profile: Any, kind: str) -> TrainingFunction:
    return TrainingFunction(
        model_name="Net", training_code=code, bo_config=parse_search_space(SPACE), confidence=0.5,
        data_profile=profile(kind), timestamp=0, metadata={"generated_by": "test"},
    )  # fmt: skip


def debug_until_it_runs(function, arrays, run_code, chances=3):
    """(corrections, last result) of a debug loop such as the graph's."""
    tried: list[Attempt] = []
    values = defaults(function.bo_config)
    for _ in range(chances + 1):
        torch.manual_seed(0)
        _, result = run_code(function.training_code, arrays, **values)
        if result.ok or len(tried) == chances:
            return tried, result
        request = DebugRequest(function=function, hyperparameters=values, failure=result, tried=tried)
        correction = ExpertDebugger().correct(request)
        tried.append(Attempt(correction=correction, failure=result.detail))
        if correction.kind == "system_issue":
            return tried, result
        if correction.training_code:
            function = function.model_copy(update={"training_code": correction.training_code})
        if correction.bo_config:
            function = function.model_copy(update={"bo_config": correction.bo_config})
        values = defaults(function.bo_config)
    raise AssertionError("unreachable")


@pytest.mark.parametrize("kind", NETS)
def test_the_sound_programs_run(kind, profile, data, run_code):
    _, result = run_code(program(kind), data(kind, 64), **defaults(function_of("", profile, kind).bo_config))
    assert result.ok, result.detail


@pytest.mark.parametrize("case", BROKEN, ids=[case.name for case in BROKEN])
def test_failure_is_repaired_and_the_code_runs(case, profile, data, run_code, monkeypatch):
    monkeypatch.setattr(replacement, "rank", lambda *_, **__: [])  # no blueprint may come to the rescue
    if case.name == "broadcast targets":
        code = program("regression").replace(".squeeze(-1)", "").replace("nn.MSELoss()", case.new)
    else:
        assert case.old in program(case.kind)
        code = program(case.kind).replace(case.old, case.new, 1)
    if "tqdm(" in case.new:
        code = "from tqdmm import tqdm\n" + code
    function = function_of(textwrap.dedent(code), profile, case.kind)
    arrays = data(case.kind, case.rows)
    _, first = run_code(function.training_code, arrays, **defaults(function.bo_config))
    assert not first.ok
    assert case.says in first.detail
    tried, last = debug_until_it_runs(function, arrays, run_code)
    assert last.ok, f"{first.detail}\n-> {last.detail}\n" + "\n".join(a.correction.explanation for a in tried)
    assert 1 <= len(tried) <= 3
