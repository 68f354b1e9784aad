"""What torch, numpy and torch_xla calls do to abstract values."""

import ast
from dataclasses import replace

from tools.review.syntax import keyword, words
from tools.review.values import NUMBER, UNKNOWN, UNSET, Kind, Place, Value, combine, sequence

CREATE = words("""
    zeros ones empty full rand randn randint randperm arange linspace eye tril_indices triu_indices
""")
CONVERT = frozenset({"tensor", "as_tensor", "from_numpy", "FloatTensor", "LongTensor", "Tensor", "DoubleTensor"})
REDUCE = words("""
    mean std var min max sum median amax amin quantile norm any all unique prod count_nonzero
""")
TO_NUMBER = words("""
    item tolist size numel dim nelement data_ptr element_size get_device
""")
KEEP_SQUASH = words("""
    view reshape squeeze unsqueeze contiguous float flatten to clamp detach transpose
""")
MASKING = words("""
    bool isnan isinf isfinite eq ne gt lt ge le logical_and logical_or logical_not
""")
SQUASH = {"softmax": "softmax", "log_softmax": "log_softmax", "sigmoid": "sigmoid"}
MODULE_SQUASH = {"torch.nn.Softmax": "softmax", "torch.nn.LogSoftmax": "log_softmax", "torch.nn.Sigmoid": "sigmoid"}
ARGUMENTS_BEFORE_SIZE = {
    "beta": 2, "uniform": 2, "normal": 2, "gamma": 2, "randint": 2, "exponential": 1, "poisson": 1, "choice": 1,
    "random": 0, "random_sample": 0, "rand": 0, "randn": 0,
}  # fmt: skip
DTYPES = words("""
    float float16 float32 float64 double half bfloat16 long int int8 int16 int32 int64 short uint8 bool
""")


def flatten(values: list[Value]) -> list[Value]:
    """Arguments with the elements of lists and tuples in place of the lists."""
    flat: list[Value] = []
    for value in values:
        flat.extend(flatten(list(value.items)) if value.kind is Kind.SEQUENCE else [value])
    return flat


def device_value(value: Value) -> Place:
    """Where `.to(value)` puts something, when `value` is a device, a device name or a tensor."""
    if value.kind is Kind.DEVICE:
        return Place.HOST if value.place is Place.HOST else Place.DEVICE
    if isinstance(value.const, str):
        return Place.HOST if value.const == "cpu" else Place.DEVICE
    if value.kind is Kind.TENSOR:
        return value.place
    return Place.UNKNOWN


def moved(receiver: Value, call: ast.Call, args: list[Value], named: dict[str, Value], path: str) -> Value:
    """`receiver.to(...)`: only dtypes leave it where it is."""
    target = named.get("device") or (args[0] if args else None)
    if target is None or _is_dtype(path):
        return receiver
    place = device_value(target)
    if place is Place.UNKNOWN and "dtype" in ast.dump(call.args[0] if call.args else call):
        return receiver
    return replace(receiver, place=place, const=UNSET)


def _is_dtype(path: str) -> bool:
    return path.startswith(("torch.", "numpy.")) and path.rpartition(".")[2] in DTYPES


def tensor_method(receiver: Value, name: str, args: list[Value]) -> Value:
    """A method of a tensor, other than `to` and `backward`."""
    if name in TO_NUMBER:
        return NUMBER
    if name == "numpy":
        return replace(receiver, kind=Kind.ARRAY, place=Place.HOST)
    if name == "cpu":
        return replace(receiver, place=Place.HOST)
    if name in ("cuda", "xla"):
        return replace(receiver, place=Place.DEVICE)
    if name in ("type_as", "to_device"):
        return replace(receiver, place=args[0].place if args else Place.UNKNOWN)
    if name in ("split", "chunk", "unbind", "tensor_split"):
        return sequence(replace(receiver, squashed=""))
    result = combine(receiver, *flatten(args))
    if name in REDUCE and not result.through_model:
        result = replace(result, roots=frozenset())
    squashed = SQUASH.get(name) or (receiver.squashed if name in KEEP_SQUASH else "")
    if name == "detach" or name.endswith("_"):
        result = replace(result, place=receiver.place)
    return replace(result, squashed=squashed, mask=name in MASKING or (receiver.mask and name in KEEP_SQUASH))


def library_call(path: str, call: ast.Call, args: list[Value], named: dict[str, Value]) -> Value:
    """A call of something imported from torch, numpy, torch_xla or tqdm."""
    leaf = path.rpartition(".")[2]
    everything = flatten([*args, *named.values()])
    if path == "torch.device":
        return _device(args[0] if args else UNKNOWN)
    if leaf in ("xla_device", "current_device") or path == "torch_xla.device":
        return Value(Kind.DEVICE, Place.DEVICE)
    if leaf in ("MpDeviceLoader", "ParallelLoader"):
        return replace(_on_device(args[0]) if args else UNKNOWN, kind=Kind.LOADER, syncing=True)
    if leaf.startswith("tqdm") or leaf == "trange":
        return args[0] if args else sequence(NUMBER)
    if path.startswith("torch.optim.lr_scheduler.") and leaf[:1].isupper():
        return Value(Kind.SCHEDULER, name=path, origin=id(call))
    if path.startswith("torch.optim.") and leaf[:1].isupper():
        origin = args[0].origin if args else 0
        return Value(Kind.OPTIMIZER, args[0].place if args else Place.UNKNOWN, name=path, origin=origin)
    if path.startswith("torch.utils.data."):
        held = _data(leaf, args, named)
        return replace(held, origin=id(call)) if held.kind is Kind.LOADER else held
    if path.startswith("torch.nn.") and leaf[:1].isupper() and not path.startswith("torch.nn.functional"):
        return _module(path, call, args)
    if path.startswith(("math.", "random.")) or (path.startswith("numpy.random.") and _draws_one(leaf, call)):
        return replace(NUMBER, step_number=any(v.step_number for v in everything))
    if path.startswith("numpy.") and leaf != "default_rng":
        return replace(combine(*everything, kind=Kind.ARRAY), place=Place.HOST)
    if path.startswith("torch.") and (leaf in CONVERT or not leaf[:1].isupper()):
        return _torch_function(leaf, call, args, named, everything)
    if path in ("copy.deepcopy", "copy.copy") and args:
        return replace(args[0], name=f"copied {args[0].name}") if args[0].kind is Kind.STATE else args[0]
    return UNKNOWN


def _draws_one(leaf: str, call: ast.Call) -> bool:
    """Whether a numpy.random call gives a single number: no size is asked for."""
    return len(call.args) <= ARGUMENTS_BEFORE_SIZE.get(leaf, -1) and keyword(call, "size") is None


def _torch_function(leaf: str, call: ast.Call, args: list[Value], named: dict[str, Value], flat: list[Value]) -> Value:
    if leaf in CREATE or leaf in CONVERT:
        where = named.get("device")
        source = args[0] if args else UNKNOWN
        place = device_value(where) if where else source.place if source.kind is Kind.TENSOR else Place.HOST
        if where and place is Place.UNKNOWN:
            place = Place.DEVICE
        roots = combine(*flat).roots if leaf in CONVERT else frozenset[str]()
        number = leaf == "tensor" and bool(call.args) and isinstance(call.args[0], ast.Constant | ast.UnaryOp)
        return Value(Kind.TENSOR, place, roots, scalar=number)
    if leaf in ("is_tensor", "is_floating_point", "numel", "manual_seed", "get_rng_state"):
        return NUMBER
    if leaf in ("split", "chunk", "unbind"):
        return sequence(combine(*flat))
    if leaf in ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "autocast", "Generator"):
        return UNKNOWN
    if leaf in ("compile", "jit") and args:
        return args[0]
    result = combine(*flat)
    if leaf.endswith("_like") and args:
        result = replace(args[0], roots=frozenset(), through_model=False, squashed="")
    if leaf in REDUCE and not result.through_model:
        result = replace(result, roots=frozenset())
    squashed = SQUASH.get(leaf) or (args[0].squashed if args and leaf in KEEP_SQUASH else "")
    return replace(result, squashed=squashed, mask=leaf in MASKING)


def _device(argument: Value) -> Value:
    if argument.kind is Kind.DEVICE:
        return argument
    return Value(Kind.DEVICE, Place.HOST if argument.const == "cpu" else Place.UNKNOWN)


def _on_device(value: Value) -> Value:
    if value.items:
        return replace(value, items=tuple(_on_device(item) for item in value.items))
    return replace(value, place=Place.DEVICE)


def _data(leaf: str, args: list[Value], named: dict[str, Value]) -> Value:
    if leaf == "TensorDataset":
        return Value(Kind.DATASET, items=(sequence(*args),))
    if leaf == "DataLoader":
        source = args[0] if args else named.get("dataset", UNKNOWN)
        rows = "rows" if source.kind is Kind.TENSOR else ""
        return Value(Kind.LOADER, items=(source.element,), roots=combine(*flatten([source.element])).roots, name=rows)
    if leaf in ("Subset", "ConcatDataset") and args:
        return Value(Kind.DATASET, items=tuple(v.element for v in flatten([args[0]])))
    if leaf == "random_split" and args:
        return sequence(args[0])
    return UNKNOWN


def _module(path: str, call: ast.Call, args: list[Value]) -> Value:
    leaf = path.rpartition(".")[2]
    if leaf in ("Parameter", "UninitializedParameter"):
        return Value(Kind.TENSOR, Place.UNKNOWN)
    if path.startswith("torch.nn.utils."):
        return UNKNOWN
    if leaf.endswith("Loss"):
        weighted = any(keyword(call, name) is not None for name in ("weight", "pos_weight")) or bool(call.args)
        return Value(Kind.LOSS, name=path, origin=0 if weighted else id(call))
    if leaf.endswith("DataParallel") and args:
        return args[0]
    squashed = MODULE_SQUASH.get(path, "")
    if leaf == "Sequential" and args:
        squashed = args[-1].squashed
    return Value(Kind.MODEL, Place.HOST, name=path, origin=id(call), squashed=squashed)


def builtin_call(name: str, args: list[Value]) -> Value:
    if name in ("int", "float", "len", "abs", "round", "bool", "range", "pow"):
        if name in ("abs", "pow") and has_tensor(args):
            return combine(*args)
        return replace(NUMBER, step_number=any(a.step_number for a in args))
    if name == "enumerate" and args:
        return sequence(sequence(replace(NUMBER, step_number=True), args[0].element))
    if name == "zip":
        return sequence(sequence(*(a.element for a in args)))
    if name in ("list", "tuple", "sorted", "reversed", "iter", "set") and args:
        return args[0]
    if name == "next" and args:
        return args[0].element
    if name in ("sum", "min", "max") and args:
        flat = flatten(args)
        return combine(*flat) if has_tensor(flat) else replace(NUMBER, step_number=any(v.step_number for v in flat))
    return UNKNOWN


def has_tensor(values: list[Value]) -> bool:
    return any(value.kind in (Kind.TENSOR, Kind.ARRAY) for value in values)
