"""Which parts of the host a boxed process sees, all of them read-only."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

import runtime

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
_VENDOR = ("/opt/aws",)
_NODES = ("null", "zero", "full", "random", "urandom")
_ACCELERATOR_NODES = {"CUDA": ("nvidia*",), "NEURON": ("neuron*",), "TPU": ("accel*", "vfio/*")}
FILES = {
    "etc/passwd": "arxla:x:1000:1000::/box/tmp:/usr/sbin/nologin\n",
    "etc/group": "arxla:x:1000:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
"""Written afresh, so that no name, host or account of the machine is seen."""
INSIDE_ID = 1000
INPUTS, SCRATCH, TEMPORARY, SHARED_MEMORY = "/box/in", "/box/scratch", "/box/tmp", "/dev/shm"
"""The job's own folders, below a name that hides no folder of the host: a working tree may well lie in /tmp."""
WRITABLE = (SCRATCH, TEMPORARY, SHARED_MEMORY)


@dataclass(frozen=True)
class View:
    """Host paths shown at the same path, links made again, and device nodes."""

    folders: tuple[str, ...]
    links: dict[str, str]
    nodes: tuple[str, ...]
    """Paths below /dev."""


def host_view(device: str = "CPU") -> View:
    """System libraries, this Python with its packages, arxla's `runtime` package, and the nodes of `device`.

    Nothing of the working tree but `runtime`: no results, no `.env`, no home folder.
    """
    links = {path: str(Path(path).readlink()) for path in _SYSTEM if Path(path).is_symlink()}
    wanted = [path for path in _SYSTEM if path not in links]
    wanted += [*_SETTINGS, *_python_folders(), str(Path(runtime.__file__).parent)]
    patterns = _ACCELERATOR_NODES.get(device, ())
    if patterns:
        wanted += _VENDOR
    nodes = [f"/dev/{name}" for name in _NODES]
    nodes += [str(path) for pattern in patterns for path in sorted(Path("/dev").glob(pattern)) if not path.is_dir()]
    folders = _outermost(wanted)
    if not any(Path("/tmp") in Path(folder).parents for folder in folders):
        links["/tmp"] = TEMPORARY
    return View(folders, links, tuple(nodes))


def source_root() -> str:
    """The folder to import `runtime` from."""
    return str(Path(runtime.__file__).parent.parent)


def _python_folders() -> list[str]:
    """The installation, the virtual environment, and where torch really lies should it be elsewhere."""
    folders = [sys.base_prefix, sys.prefix, str(Path(sys.executable).resolve().parent.parent)]
    for package in ("torch", "torch_xla", "numpy"):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(str(Path(spec.origin).parent.parent))
    return folders


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """Existing paths without those that lie below another."""
    found = [Path(path) for path in dict.fromkeys(paths) if Path(path).exists()]
    return tuple(str(path) for path in found if not any(other in path.parents for other in found))
