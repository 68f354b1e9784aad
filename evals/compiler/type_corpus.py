"""What the type-inference engine is trained and tried on: traces of well-known packages under tests or small drivers.

`python -m evals.compiler.type_corpus --out TRACES [--jobs 2]` writes a profile a program; those that are there already
are kept. `HELD_OUT` was chosen before anything was trained: no line of these packages is ever learned from.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HELD_OUT = ("networkx", "mpmath", "jinja2", "click", "packaging", "markdown", "pyparsing", "dateutil")
PROGRAMS = Path(__file__).parent / "programs"
TIMEOUT_S = 40
ENDING_S = 60
LIBRARY = (
    "argparse ast asyncio base64 bdb calendar cgi cmd code codeop collections colorsys compileall "
    "concurrent configparser contextlib copy csv ctypes dataclasses datetime dbm _pydecimal difflib dis doctest email "
    "filecmp fileinput fnmatch fractions ftplib getopt gettext glob graphlib gzip heapq hmac html http "
    "imaplib importlib inspect _pyio ipaddress json lib2to3 linecache locale logging lzma mailbox mimetypes "
    "modulefinder netrc ntpath optparse pathlib pdb pickle pickletools pkgutil platform plistlib poplib pprint "
    "profile pstats pyclbr pydoc queue quopri random reprlib rlcompleter sched secrets selectors shelve shlex shutil "
    "smtplib socketserver statistics string stringprep _strptime subprocess symtable tabnanny tarfile telnetlib "
    "tempfile textwrap timeit tokenize tomllib trace traceback turtle unittest urllib uuid wave weakref webbrowser "
    "wsgiref xdrlib xml xmlrpc zipapp zipfile zoneinfo aifc sunau uu imghdr sndhdr chunk nntplib mailcap bisect "
    "_pydatetime re sysconfig"
)
LIBRARY_TESTS = (
    "argparse ast base64 bdb calendar cgi cmd code codeop collections colorsys compileall configparser contextlib "
    "copy csv dataclasses datetime dbm_dumb decimal difflib dis doctest email filecmp fileinput fnmatch fractions "
    "ftplib getopt gettext glob graphlib gzip heapq hmac html htmlparser http_cookiejar http_cookies httplib "
    "imaplib inspect ipaddress json lib2to3 linecache locale logging lzma mailbox mimetypes modulefinder netrc "
    "ntpath optparse pathlib pickle pickletools pkgutil platform plistlib poplib pprint profile pstats pyclbr "
    "pydoc queue quopri random reprlib rlcompleter sched secrets selectors shelve shlex shutil smtplib statistics "
    "string stringprep strptime symtable tabnanny tarfile telnetlib tempfile textwrap timeit tokenize tomllib "
    "trace traceback unittest urllib urllib2 urlparse uuid wave weakref webbrowser wsgiref xdrlib minidom "
    "xml_etree sax pulldom xmlrpc zipapp zipfile zoneinfo aifc sunau uu imghdr sndhdr nntplib robotparser "
    "memoryio io posixpath numeric_tower re unparse sysconfig asyncio"
)
PACKAGE_TESTS = {
    "networkx": "algorithms classes drawing generators readwrite utils linalg",
    "mpmath": "",
    "sympy": "core ntheory polys combinatorics matrices printing geometry sets utilities logic crypto calculus series "
    "tensor simplify parsing discrete physics",
    "numpy": "lib ma polynomial testing",
    "traitlets": "",
    "jsonschema": "",
    "croniter": "",
    "libcst": "codemod matchers",
}


@dataclass(frozen=True)
class Traced:
    """One program to trace: its name, its own command line, and the modules that are looked at."""

    name: str
    command: list[str]
    include: str


def programs() -> list[Traced]:
    """Tests of the standard library and of packages that bring theirs, and our drivers for the others."""
    library = LIBRARY.replace(" ", ",")
    found = [Traced(f"library_{test}", ["-m", "test", f"test_{test}"], library) for test in LIBRARY_TESTS.split()]
    for package, parts in PACKAGE_TESTS.items():
        for part in parts.split() or [""]:
            name = f"{package}.{part}" if part else package
            pytest = ["-m", "pytest", "-q", "--timeout=4", "-p", "no:cacheprovider", "--pyargs", name]
            found.append(Traced(f"tests_{name}", pytest, package))
    for path in sorted(PROGRAMS.glob("*.py")):
        packages = path.read_text().partition("# traced: ")[2].partition("\n")[0]
        found.append(Traced(f"program_{path.stem}", [str(path)], packages))
    return found


def trace(program: Traced, out: Path) -> str:
    """Run it under the tracer, bounded in time; a line that says how it went."""
    path = out / f"{program.name}.json"
    if path.exists():
        return f"{program.name}: there already"
    arxla = [str(Path(sys.executable).parent / "arxla"), "trace", "--quiet"]
    scratch = out / "scratch" / program.name
    scratch.mkdir(parents=True, exist_ok=True)
    root = str(Path(__file__).parents[2])
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": root,
        "MPLBACKEND": "Agg",
        "TMPDIR": str(scratch),
    }
    bounded = ["nice", "-n", "10", "timeout", "-s", "INT", "-k", str(ENDING_S), str(TIMEOUT_S)]
    looked_at = ["--out", str(path), "--include", program.include]
    with (out / f"{program.name}.log").open("w") as log:
        done = subprocess.run(
            [*bounded, *arxla, *looked_at, *program.command],
            cwd=scratch,
            env=environment,
            stdout=log,
            stderr=log,
            check=False,
        )
    return f"{program.name}: {'traced' if path.exists() else 'no profile'} ({done.returncode})"


def trace_all(out: Path, jobs: int = 2, only: str = "") -> None:
    """All programs whose name begins so, a line each as it ends."""
    out.mkdir(parents=True, exist_ok=True)
    chosen = [program for program in programs() if program.name.startswith(only)]
    with ThreadPoolExecutor(jobs) as pool:
        for line in pool.map(lambda program: trace(program, out.absolute()), chosen):
            print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="Programs whose name begins so.")
    wish = parser.parse_args()
    trace_all(wish.out, wish.jobs, wish.only)


if __name__ == "__main__":
    main()
