"""Cython and mypyc keep Python's meaning; builds are bounded and their absence is named."""

import importlib.util
import math
import time

import numpy as np
import pytest

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.cython_backend import CythonBackend
from runtime.compiler.backends.cython_text import pyx_text
from runtime.compiler.backends.mypyc_backend import MypycBackend
from runtime.compiler.backends.mypyc_text import module_text
from runtime.compiler.backends.native_build import build, no_c_compiler, why_no_native_code
from runtime.compiler.backends.numba_backend import NumbaBackend
from runtime.compiler.backends.numeric import analyses_of
from runtime.compiler.backends.type_checks import check_of
from runtime.compiler.cache import Cache
from runtime.compiler.calls import Call, seen_in, types_of
from runtime.compiler.capture import loaded
from runtime.compiler.kinds import Unsupported
from runtime.compiler.same import same
from runtime.compiler.source import source_of
from runtime.compiler.verify import Verified, verify
from tests.runtime.compiler import samples

can_build = pytest.mark.skipif(no_c_compiler() is not None, reason="no C compiler is installed")


@can_build
@pytest.mark.skipif(importlib.util.find_spec("Cython") is None, reason="Cython is not installed")
def test_cython_keeps_the_meaning(tmp_path):
    backend = CythonBackend(Cache(tmp_path / "c"))
    types = [types_of([Call((10,))])[0]]
    made = backend.compile(samples.factorial, types)
    assert isinstance(made, Compiled), made
    assert [made.function(n) for n in (5, 20, 21, 30)] == [math.factorial(n) for n in (5, 20, 21, 30)]
    again = backend.compile(samples.factorial, types)
    assert isinstance(again, Compiled) and again.compile_s < 1.0 and again.function(21) == math.factorial(21)


@can_build
@pytest.mark.skipif(importlib.util.find_spec("mypyc") is None, reason="mypyc is not installed")
def test_mypyc_keeps_pythons_integers_and_dictionaries(tmp_path):
    backend = MypycBackend(Cache(tmp_path / "c"))
    calls = [Call((["a", "b", "a"],))]
    made = backend.compile(samples.counted, seen_in(samples.counted, calls))
    assert isinstance(made, Compiled), made
    assert isinstance(verify(samples.counted, made.function, calls), Verified)
    assert made.function([1, 2.0, 1]) == {1: 2, 2.0: 1}


def test_mypyc_leaves_floats_alone(tmp_path):
    made = MypycBackend(Cache(tmp_path / "c")).compile(samples.divide, types_of([Call((3, 2))]))
    assert isinstance(made, Refused) and "float" in made.reason


def test_mypyc_is_given_no_number_past_any_index():
    is_int = check_of("int")
    assert is_int(7) and is_int(-(2**62)) and not is_int(2**62) and not is_int(-(2**70)) and not is_int(True)


OTHER_TO_MYPYC = {
    "an argument that is a truth": ("x = n\n    if n > 2:\n        x = flag\n    return x", "x is a truth"),
    "a truth from a list": ("x = 0\n    for v in flags:\n        x = v\n    return x", "x is a truth"),
    "a truth by another name": ("b = n < 3\n    x = n\n    x = b\n    return x", "x is a truth"),
    "a truth as a result": ("if n > 2:\n        return flags[0]\n    return n", "result is a truth"),
    "a truth among integers": ("xs = [n]\n    xs.append(flag)\n    return xs[1]", "xs is a truth"),
    "a truth of a choice": ("x = n if n > 2 else flag\n    return x", "x is a truth"),
    "a loop that may have no turn": (
        "i = -1\n    for i in range(n):\n        pass\n    return i",
        "i, a loop's variable",
    ),
    "a loop within a loop of its name": (
        "t = 0\n    for i in range(n):\n        for i in range(0):\n            pass\n        t += i\n    return t",
        "i, the variable of a loop",
    ),
    "a variable that a failure leaves unset": (
        "try:\n        y = flags[n]\n    except IndexError:\n        pass\n    return y",
        "y, which may not",
    ),
    "what was caught, after it was": (
        "e = 'none'\n    try:\n        flags[n]\n    except IndexError as e:\n        pass\n    return e",
        "e, which may not",
    ),
    "a variable that may not have been set": ("if n > 2:\n        y = n\n    return y", "y, which may not"),
}


@pytest.mark.parametrize("case", OTHER_TO_MYPYC)
def test_what_mypyc_would_change_is_refused(case):
    body, reason = OTHER_TO_MYPYC[case]
    function = loaded(f"def f(n, flag, flags):\n    {body}")
    source = source_of(function)
    assert not isinstance(source, Refused)
    with pytest.raises(Unsupported, match=reason):
        module_text(source, seen_in(function, [Call((3, True, [True, False]))])[0])


KEPT_BY_MYPYC = {
    "a sieve": "s = [True] * n\n    for i in range(n):\n        s[i] = False\n    return [i for i in range(n) if s[i]]",
    "counted truths": "t = 0\n    for i, v in enumerate(flags):\n        if v:\n            t += i\n    return t",
    "what was caught": "try:\n        return str(n // 0)\n    except ZeroDivisionError as e:\n        return str(e)",
    "two loops": "t = 0\n    for i in range(n):\n        t += i\n    for i in range(n):\n        t -= i\n    return t",
}


@pytest.mark.parametrize("case", KEPT_BY_MYPYC)
def test_what_mypyc_keeps_is_not_refused(case):
    function = loaded(f"def f(n, flag, flags):\n    {KEPT_BY_MYPYC[case]}")
    source = source_of(function)
    assert not isinstance(source, Refused)
    assert "def f(n: int" in module_text(source, seen_in(function, [Call((3, True, [True, False]))])[0])


def test_cython_types_what_is_proven():
    source = source_of(samples.total)
    assert not isinstance(source, Refused)
    analyses = analyses_of(source, types_of([Call((np.arange(3.0),))]))
    text = pyx_text(analyses[0])
    assert "double[::1] values" in text and "cdef double found" in text and "mixed(" in text


def test_cython_is_told_that_a_test_of_a_float_is_a_truth():
    source = source_of(loaded("import math\ndef f(x):\n    return math.isnan(x) or math.isinf(x)"))
    assert not isinstance(source, Refused)
    text = pyx_text(analyses_of(source, types_of([Call((1.0,))]))[0])
    assert "cdef inline bint math_isnan" in text and "return math_isnan(x) or math_isinf(x)" in text


@pytest.mark.parametrize(
    ("backend", "package"), [(NumbaBackend, "numba"), (CythonBackend, "Cython"), (MypycBackend, "mypyc")]
)
def test_an_absent_package_is_named(backend, package, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    made = backend(Cache(tmp_path / "c")).compile(samples.factorial, types_of([Call((3,))]))
    assert isinstance(made, Refused) and "arxla[compile]" in made.reason and package.lower() in made.reason.lower()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    made = NumbaBackend(Cache(tmp_path / "c")).compile(samples.factorial, types_of([Call((3,))]))
    assert isinstance(made, Refused) and "No space left on device" in made.reason


def test_an_absent_c_compiler_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    found = no_c_compiler()
    assert found is not None and "gcc" in found.reason


def test_a_build_that_hangs_is_ended_with_its_tree(tmp_path):
    program = "import subprocess\nsubprocess.run(['sleep', '987'])\n"
    start = time.monotonic()
    found = build(program, tmp_path, timeout_s=2.0)
    assert found is not None and "longer than 2 s" in found.reason and time.monotonic() - start < 15


def test_what_the_compiler_says_is_passed_on(tmp_path):
    found = build("print('x.c:3: error: no such thing')\nraise SystemExit(1)\n", tmp_path)
    assert found == Refused("x.c:3: error: no such thing")
    assert same(build("pass", tmp_path), None)


def test_where_no_program_may_be_started_that_is_named(tmp_path, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("subprocess.Popen", forbidden)
    refused = build("pass", tmp_path)
    assert refused is not None and "No other program may be started here" in refused.reason
    monkeypatch.setattr("shutil.which", lambda name: name)
    assert why_no_native_code() == refused
