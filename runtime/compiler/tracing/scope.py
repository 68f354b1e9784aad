"""Which code is the user's: what lies in some folders, and modules by prefix; never installed packages by default."""

import os
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from types import CodeType

OWN = str(Path(__file__).resolve().parents[1]) + os.sep
INSTALLED = ("site-packages", "dist-packages")
NOT_FUNCTIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Parts of a function: Python 3.12 runs most of them inside of it, so they are left to it in 3.11 too."""
OPTIMIZED = 0x1
"""The code flag of functions; the body of a class lacks it."""


class Scope:
    """Says of a code object whether it is looked at."""

    def __init__(self, folders: Iterable[str | Path] = (), modules: Iterable[str] = (), main: str = "__main__") -> None:
        """`modules` are prefixes: `json` covers `json.decoder`. `main` is how `__main__` is called in the profile."""
        self.folders = tuple(os.path.realpath(folder).rstrip(os.sep) + os.sep for folder in folders)
        self.modules = tuple(modules)
        self.main = main
        self._library = os.path.realpath(sysconfig.get_paths()["stdlib"]) + os.sep
        self._files: dict[str, bool] = {}

    def covers(self, code: CodeType, module: str) -> bool:
        """Functions and bodies of modules, in the folders or the modules; never the tracer itself."""
        if code.co_name in NOT_FUNCTIONS or code.co_qualname.startswith("__create_fn__"):
            return False
        if code.co_name != "<module>" and not code.co_flags & OPTIMIZED:
            return False
        return self._named(module) or self._inside(code.co_filename, module)

    def _named(self, module: str) -> bool:
        name = self.main if module == "__main__" else module
        return any(name == prefix or name.startswith(prefix + ".") for prefix in self.modules)

    def _inside(self, file: str, module: str) -> bool:
        if file.startswith("<"):  # typed in, or given to exec
            return module == "__main__" and not file.startswith("<frozen")
        if file not in self._files:
            self._files[file] = self._is_users(os.path.realpath(file))
        return self._files[file]

    def _is_users(self, file: str) -> bool:
        if file.startswith(OWN):
            return False
        for folder in self.folders:
            if file.startswith(folder):
                rest = Path(file[len(folder) :]).parts
                installed = any(part in INSTALLED for part in rest)
                library = file.startswith(self._library) and not folder.startswith(self._library)
                return not installed and not library
        return False
