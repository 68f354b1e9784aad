"""Rewrites an exported graph from the untrusted archive, so that it can neither run code nor hide a model.

`torch.export.load` unpickles sample inputs and custom objects, evaluates guards and symbolic expressions, and pastes
names into Python that it compiles. The copy made here holds the operations as plain JSON, constant tensors as raw
bytes, and zeros in place of the weights, which the quantized file replaces. Whatever else was there is left behind.
"""

import io
import json
import re
import zipfile
import zlib
from typing import Any

from tools.measure.untrusted import UntrustedFileError

FREE_DESCRIPTION = 16 * 1024
"""Compressed bytes of description that do not count: measured, networks of up to 50 layers take 1 to 9 KB."""
MAX_DESCRIPTION = 16 * 2**20
MAX_ENTRIES = 20_000
_MODEL = "models/model.json"
_WEIGHTS = ("data/weights/", "model_weights_config.json", re.compile(r"weight_\d+"))
_CONSTANTS = ("data/constants/", "model_constants_config.json", re.compile(r"tensor_\d+"))
_MARKS = {
    "archive_format": b"pt2",
    "archive_version": b"0",
    "byteorder": b"little",
    ".data/version": b"3\n",
    "data/sample_inputs/model.pt": b"",
}
"""What the format asks for besides, as torch 2.9 writes it; an empty sample input is allowed and never unpickled."""
_ONE_TENSOR: dict[str, object] = {"type": None, "context": None, "children_spec": []}
_CALL = {
    "inputs": [],
    "outputs": [],
    "in_spec": json.dumps(
        [1, {"type": "builtins.tuple", "context": "null", "children_spec": [
            {"type": "builtins.tuple", "context": "null", "children_spec": [_ONE_TENSOR]},
            {"type": "builtins.dict", "context": "[]", "children_spec": []},
        ]}]
    ),
    "out_spec": json.dumps([1, _ONE_TENSOR]),
}  # fmt: skip
"""One tensor in, one tensor out, as the harness exports it."""
_PLAIN = re.compile(r"[\w .:,>-]*")
"""Names, numbers, dtypes and einsum equations; without brackets, quotes or `=` no text becomes a call."""
_OPERATION = re.compile(
    r"torch\.ops\.(aten\.(?!__|from_file)\w+\.\w+"
    r"|higher_order\.(cond|while_loop|scan|map_impl|wrap_with_set_grad_enabled|wrap_with_autocast))"
)
_REFUSED = {
    "as_operator": "a function is passed to an operation",
    "as_custom_obj": "an object that is no tensor is used",
    "as_expr": "shapes or numbers depend on the data (.item(), a Python `if` or `nonzero`); keep them tensors",
}

Files = dict[str, bytes]


def rewrite_graph(content: bytes) -> tuple[bytes, int]:
    """(the clean archive, bytes that belong to the model's size besides its weights) of an exported graph.

    Those bytes are the constant tensors (buffers left out of the state, lifted values) and the compressed description
    beyond `FREE_DESCRIPTION`. Raises `UntrustedFileError` for anything but plain operations of PyTorch's own.
    """
    try:
        files = _read(content)
        model = _description(files[_MODEL])
        weights, weights_config = _tensors(files, *_WEIGHTS)
        constants, constants_config = _tensors(files, *_CONSTANTS)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, LookupError) as error:
        raise UntrustedFileError(f"the exported graph can't be read: {str(error)[:200]}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UntrustedFileError(f"the exported graph is malformed: {str(error)[:200]}") from error
    described = len(zlib.compress(model + weights_config + constants_config))
    extra = sum(map(len, constants.values())) + max(0, described - FREE_DESCRIPTION)
    zeros = {name: bytes(len(values)) for name, values in weights.items()}
    configs = {"".join(_WEIGHTS[:2]): weights_config, "".join(_CONSTANTS[:2]): constants_config}
    return _archive({**_MARKS, _MODEL: model, **configs, **constants, **zeros}), extra


def _read(content: bytes) -> Files:
    """Every stored file by its path below the archive's own folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
        if packed or len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("it is not stored as torch.export stores it")
        return {entry.filename.partition("/")[2]: archive.read(entry) for entry in entries}


def _description(content: bytes) -> bytes:
    """`model.json` without guards, traces of source files and calling conventions of other than one tensor."""
    if len(content) > MAX_DESCRIPTION:
        raise ValueError(f"its description takes {len(content)} bytes, and {MAX_DESCRIPTION} is the most")
    program = json.loads(content)
    module = program["graph_module"]
    for node in _nodes(module["graph"]):
        node["metadata"] = {}
    module |= {"metadata": {}, "module_call_graph": [], "treespec_namedtuple_fields": {}}
    program |= {"guards_code": [], "range_constraints": {}, "verifiers": ["TRAINING"], "torch_version": ""}
    _check_plain(program)
    module["module_call_graph"] = [{"fqn": "", "signature": _CALL}]
    return _dump(program)


def _nodes(graph: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of a graph and of those inside it; raises `ValueError` for one that is not PyTorch's own."""
    found = []
    for node in graph["nodes"]:
        if not _OPERATION.fullmatch(node["target"]):
            raise ValueError(f"the operation {node['target'][:80]!r} is not one of torch.ops.aten")
        inner = [item["arg"]["as_graph"]["graph"] for item in node["inputs"] if "as_graph" in item["arg"]]
        found += [node, *(below for one in inner for below in _nodes(one))]
    return found


def _check_plain(value: object) -> None:
    """Raises `ValueError` for text that could become code."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _REFUSED:
                raise ValueError(_REFUSED[key])
            _check_plain(key)
            _check_plain(item)
    elif isinstance(value, list):
        for item in value:
            _check_plain(item)
    elif isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError(f"the text {value[:80]!r} is not a plain name: use letters, digits and '_' in module names")


def _tensors(files: Files, folder: str, name: str, allowed: re.Pattern[str]) -> tuple[Files, bytes]:
    """(raw tensors by path, their table) of the weights or the constants."""
    table = json.loads(files[folder + name])
    _check_plain(table)
    found: Files = {}
    for facts in table["config"].values():
        path = facts["path_name"]
        if facts["use_pickle"] is not False or not allowed.fullmatch(path):
            raise ValueError(f"{path[:80]!r} is not stored as a plain tensor")
        found[folder + path] = files[folder + path]
    return found, _dump(table)


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _archive(files: Files) -> bytes:
    """A zip file like torch's own, the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"graph/{path}"), content)
    return buffer.getvalue()
