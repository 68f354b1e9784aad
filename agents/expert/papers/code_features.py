"""Which features stand in a program, read from its syntax tree: a comment or a string is no feature."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator

from agents.expert.repairs.source import Source, argument, last_name, number

Lines = dict[str, list[int]]

CALLS: dict[str, tuple[str, ...]] = {
    "dropout": ("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "dropout"),
    "layer normalization": ("LayerNorm", "layer_norm"),
    "batch normalization": ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "batch_norm"),
    "group normalization": ("GroupNorm", "group_norm"),
    "embedding": ("Embedding", "EmbeddingBag"),
    "1-D convolution": ("Conv1d", "conv1d"),
    "convolution": ("Conv1d", "Conv2d", "Conv3d", "conv1d", "conv2d"),
    "recurrence": ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"),
    "max pooling": ("MaxPool1d", "MaxPool2d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "max_pool1d", "max_pool2d",
        "amax"),
    "softmax": ("softmax", "log_softmax", "Softmax", "LogSoftmax", "cross_entropy", "CrossEntropyLoss"),
    "ReLU": ("ReLU", "relu"),
    "GELU": ("GELU", "gelu"),
    "SiLU": ("SiLU", "silu", "Hardswish", "hardswish"),
    "tanh": ("Tanh", "tanh"),
    "Xavier initialization": ("xavier_uniform_", "xavier_normal_"),
    "AdamW": ("AdamW",),
    "Adam": ("Adam",),
    "L-BFGS": ("LBFGS",),
    "SGD": ("SGD",),
    "warm-up": ("LinearLR", "OneCycleLR", "get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup"),
    "cosine schedule": ("CosineAnnealingLR", "CosineAnnealingWarmRestarts", "get_cosine_schedule_with_warmup",
        "OneCycleLR"),
    "linear decay": ("PolynomialLR", "get_linear_schedule_with_warmup"),
    "gradient clipping": ("clip_grad_norm_", "clip_grad_value_"),
    "horizontal flips": ("RandomHorizontalFlip", "flip", "fliplr", "hflip"),
    "cross-entropy": ("cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss", "BCEWithLogitsLoss",
                      "binary_cross_entropy_with_logits"),
    "mean squared error": ("MSELoss", "mse_loss"),
    "Huber loss": ("SmoothL1Loss", "smooth_l1_loss", "HuberLoss", "huber_loss"),
    "triplet loss": ("TripletMarginLoss", "triplet_margin_loss"),
    "multi-head attention": ("MultiheadAttention",),
    "self-attention": ("MultiheadAttention", "scaled_dot_product_attention", "TransformerEncoderLayer"),
    "attention": ("MultiheadAttention", "scaled_dot_product_attention", "TransformerEncoderLayer"),
    "scaled dot product": ("MultiheadAttention", "scaled_dot_product_attention"),
    "transformer": ("TransformerEncoderLayer", "TransformerEncoder", "Transformer"),
}  # fmt: skip
"""Feature → names of the calls that are it."""
KEYWORDS = {
    "label smoothing": "label_smoothing",
    "weight decay": "weight_decay",
    "momentum": "momentum",
    "learning rate": "lr",
}
"""Feature → the keyword argument that is it, unless it is given as a literal 0."""
TRANSFORMER = ("self-attention", "feed-forward network", "residual connection", "layer normalization")
"""What together is a transformer's block."""
PRODUCTS = ("matmul", "bmm", "einsum")


def find_features(source: Source) -> Lines:
    """Feature → the lines where the program has it, ascending."""
    found: Lines = defaultdict(list)
    for feature, names in CALLS.items():
        found[feature] += [call.lineno for call in source.calls(*names)]
    for feature, keyword in KEYWORDS.items():
        found[feature] += list(_given(source, keyword))
    for detect in DETECTORS:
        for feature, node in detect(source):
            found[feature].append(int(getattr(node, "lineno", 1)))
    if all(found[part] for part in TRANSFORMER):
        found["transformer"] += found["self-attention"]
    return {feature: sorted(set(lines)) for feature, lines in found.items() if lines}


def _given(source: Source, name: str) -> Iterator[int]:
    """Lines where a keyword argument or a dictionary's key of that name is given, not as 0."""
    for node in source.nodes():
        if isinstance(node, ast.keyword) and node.arg == name and number(node.value) != 0:
            yield node.value.lineno
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                is_named = isinstance(key, ast.Constant) and key.value == name
                if is_named and not isinstance(value, ast.Constant):
                    yield value.lineno


def _attention(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """A softmax whose weights are multiplied with values, in one function; scaled, and split into heads."""
    for function in _functions(source):
        inside = list(ast.walk(function))
        weights = [node for node in inside if isinstance(node, ast.Call) and last_name(node.func) == "softmax"]
        products = [node for node in inside if _is_product(node)]
        if not weights or not products:
            continue
        yield "attention", products[-1]
        if len(products) >= 2:
            yield "self-attention", products[0]
            if any(_is_root(node) for node in inside):
                yield "scaled dot product", next(node for node in inside if _is_root(node))
            heads = [node for node in inside if "head" in _called(node)]
            if heads:
                yield "multi-head attention", heads[0]


def _residual(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """x + f(x), in a method that runs the network; f may be a call inside calls."""
    for function in _functions(source, "forward"):
        for node in ast.walk(function):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                for straight, branch in ((node.left, node.right), (node.right, node.left)):
                    if isinstance(straight, ast.Name) and isinstance(branch, ast.Call) and _uses(branch, straight.id):
                        yield "residual connection", node
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
                if isinstance(node.value, ast.Call) and _uses(node.value, node.target.id):
                    yield "residual connection", node
            elif isinstance(node, ast.Call) and "norm" in _called(node.func) and node.args and _is_sum(node.args[0]):
                yield "normalization after the sub-layer", node


def _stacks(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Linear, activation, Linear in one Sequential; blocks made in a loop; Linear layers, one or several."""
    for call in source.calls("Sequential"):
        names = [last_name(part.func) for part in call.args if isinstance(part, ast.Call)]
        if names.count("Linear") >= 2:
            yield "feed-forward network", call
    for node in source.nodes():
        if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.Call) and _over_range(node.generators[0].iter):
            yield "encoder layers", node
    linear = source.calls("Linear")
    if linear:
        yield "linear layer", linear[-1]
    if len(linear) >= 2:
        yield "multilayer perceptron", linear[0]


def _positions(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Learned positions kept as a parameter or an embedding, or sines and cosines of positions."""
    for node in source.nodes():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
            name = last_name(node.targets[0]).lower()
            learned = last_name(node.value.func) in ("Parameter", "Embedding")
            if learned and any(word in name for word in ("pos", "place")):
                yield "learned positions", node
                yield "positional encoding", node
    for function in _functions(source):
        calls = {last_name(node.func): node for node in ast.walk(function) if isinstance(node, ast.Call)}
        if {"sin", "cos", "arange"} <= set(calls):
            yield "sinusoidal positions", calls["sin"]
            yield "positional encoding", calls["sin"]


def _tied(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """`a.weight = b.weight`, or a product with an embedding's weight."""
    for node in source.nodes():
        shared = isinstance(node, ast.Assign) and {last_name(node.targets[0]), last_name(node.value)} == {"weight"}
        if shared or (_is_product(node) and any(map(_is_embedding_weight, ast.walk(node)))):
            yield "tied embeddings", node


def _pooling(source: Source) -> Iterator[tuple[str, ast.AST]]:
    averages = source.calls("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "adaptive_avg_pool2d")
    for function in _functions(source, "forward"):
        averages += [
            node for node in ast.walk(function) if isinstance(node, ast.Call) and last_name(node.func) == "mean"
        ]
    for node in averages:
        yield "global average pooling", node


def _convolutions(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Patches are convolutions whose stride is their kernel; depthwise ones have groups."""
    for call in source.calls("Conv1d", "Conv2d", "conv1d", "conv2d"):
        kernel, stride = argument(call, 2, "kernel_size"), argument(call, 3, "stride")
        if kernel is not None and stride is not None and ast.dump(kernel) == ast.dump(stride):
            yield "patches", call
        groups = argument(call, 6, "groups")
        if groups is not None and number(groups) != 1:
            yield "depthwise convolution", call


def _kernel_sizes(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """One convolution for each of a list of kernel sizes."""
    for made in (node for node in source.nodes() if isinstance(node, ast.ListComp | ast.GeneratorExp)):
        sizes = {last_name(loop.target) for loop in made.generators}
        for call in (node for node in ast.walk(made.elt) if isinstance(node, ast.Call)):
            kernel = argument(call, 2, "kernel_size")
            if last_name(call.func) in CALLS["convolution"] and kernel is not None and last_name(kernel) in sizes:
                yield "several kernel sizes", call


def _schedules(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """A function that sets a group's lr: by a cosine, an inverse square root, with a warm-up."""
    for function in _functions(source):
        inside = list(ast.walk(function))
        set_here = [node for node in inside if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
        if "lr" not in map(_key, set_here):
            continue
        for node in inside:
            if isinstance(node, ast.Call) and last_name(node.func) == "cos":
                yield "cosine schedule", node
            elif _is_root(node):
                yield "inverse square root schedule", node
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.lower().startswith("warm"):
                yield "warm-up", node


def _loops(source: Source) -> Iterator[tuple[str, ast.AST]]:
    for node in source.nodes():
        if isinstance(node, ast.For) and "epoch" in last_name(node.target).lower():
            yield "epochs", node
            for inner in ast.walk(node):
                if isinstance(inner, ast.Break):
                    yield "early stopping", inner
        elif isinstance(node, ast.Subscript) and _key(node) == "batch_size" and isinstance(node.ctx, ast.Load):
            yield "batch size", node
        elif isinstance(node, ast.keyword) and node.arg == "batch_size":
            yield "batch size", node.value


def _masks(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """A triangular mask; under `if causal` only where causal is given as True."""
    switched = any(
        isinstance(node, ast.keyword) and "causal" in str(node.arg) and getattr(node.value, "value", None) is True
        for node in source.nodes()
    )
    optional = {
        id(inner)
        for node in source.nodes()
        if isinstance(node, ast.If) and any("causal" in _called(part) for part in ast.walk(node.test))
        for inner in ast.walk(node)
    }
    for call in source.calls("triu", "tril", "generate_square_subsequent_mask"):
        if switched or id(call) not in optional:
            yield "causal masking", call


def _augmentation(source: Source) -> Iterator[tuple[str, ast.AST]]:
    for call in (node for node in source.nodes() if isinstance(node, ast.Call)):
        name = last_name(call.func).lower()
        if name.startswith("shift") or "crop" in name:
            yield "shifts and crops", call
        if "mixup" in name or "cutmix" in name:
            yield "mixup", call


DETECTORS: tuple[Callable[[Source], Iterator[tuple[str, ast.AST]]], ...] = (
    _attention, _residual, _stacks, _positions, _tied, _pooling, _convolutions, _kernel_sizes, _schedules, _loops,
    _masks, _augmentation,
)  # fmt: skip


def _functions(source: Source, name: str = "") -> Iterator[ast.FunctionDef]:
    for node in source.nodes():
        if isinstance(node, ast.FunctionDef) and name in ("", node.name):
            yield node


def _is_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return True
    return isinstance(node, ast.Call) and last_name(node.func) in PRODUCTS


def _is_root(node: ast.AST) -> bool:
    """`** -0.5`, `** 0.5`, sqrt or rsqrt."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in ("sqrt", "rsqrt")
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)):
        return False
    exponent = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
    return isinstance(exponent, ast.Constant) and exponent.value == 0.5


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _is_embedding_weight(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "weight" and "emb" in _called(node.value)


def _uses(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _over_range(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "range"


def _called(node: ast.AST) -> str:
    return last_name(node).lower()


def _key(node: ast.Subscript) -> str:
    return str(node.slice.value) if isinstance(node.slice, ast.Constant) else ""
