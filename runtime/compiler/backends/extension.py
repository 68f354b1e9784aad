"""An extension module: built once for its files, or loaded from the cache."""

from pathlib import Path
from types import ModuleType

from runtime.compiler.backends.compiler import NotCompiled
from runtime.compiler.backends.loading import load
from runtime.compiler.backends.native_build import TOLD, build, no_c_compiler
from runtime.compiler.cache import Cache, key_of


def extension(cache: Cache, suffix: str, text: str, program: str, beside: dict[str, str], *key: str) -> ModuleType:
    """The module of `text`, made by `program` (a Python program in which `NAME` stands for the module's name).

    `beside` are other files that it needs, `key` what else it depends on. Raises `NotCompiled`.
    """
    entry_key = key_of(text, program, *beside.values(), *key)
    name = f"arxla_{entry_key}"
    files = {f"{name}{suffix}": text, **beside}

    def make(folder: Path) -> None:
        for file, content in files.items():
            (folder / file).write_text(content)
        failed = build(program.replace("NAME", repr(name)), folder)
        libraries = list(folder.glob(f"{name}*.so"))
        if failed or not libraries:
            raise NotCompiled(failed.reason[:TOLD] if failed else "The build made no library.")
        _remove_others(folder, {libraries[0].name, *files})

    refused = no_c_compiler()
    if refused:
        raise NotCompiled(refused.reason)
    entry = cache.get(entry_key) or cache.build(entry_key, make)
    return load(next(entry.glob(f"{name}*.so")), name)


def _remove_others(folder: Path, kept: set[str]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path.name not in kept or path.parent != folder:
            path.unlink()
