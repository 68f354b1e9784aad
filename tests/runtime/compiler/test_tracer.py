"""`RuntimeTracer` as the seed uses it, and what must never happen under it."""

import gc
import json
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from runtime.compiler.profile import Profile
from runtime.compiler.tracer import RuntimeTracer
from runtime.errors import InputError

needs_setprofile = pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 traces another way")


def loaded(folder: Path, source: str, name: str = "program") -> ModuleType:
    """A module of that source, in a file in the folder."""
    path = folder / f"{name}.py"
    path.write_text(source)
    module = ModuleType(name)
    module.__file__ = str(path)
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def traced(folder: Path, source: str, call: Callable[[ModuleType], object] = lambda module: module.main()) -> Profile:
    module = loaded(folder, source)
    with RuntimeTracer(folders=[folder], main="program") as tracer:
        call(module)
    assert tracer.profile is not None
    return tracer.profile


def test_as_in_the_seed(tmp_path: Path) -> None:
    tracer = RuntimeTracer()
    tracer.start()

    def fibonacci(n: int) -> int:
        if n <= 1:
            return n
        return fibonacci(n - 1) + fibonacci(n - 2)

    fibonacci(12)
    profile = tracer.stop()
    profile.save(tmp_path / "training_data" / "fibonacci_profile.json")
    profile = Profile.load(tmp_path / "training_data" / "fibonacci_profile.json")
    (name,) = profile.function_calls
    assert name.endswith("test_as_in_the_seed.fibonacci") and profile.module_name == __name__
    assert profile.function_calls[name][0].arg_types == ["int"] and profile.function_calls[name][0].return_type == "int"
    assert profile.functions[name].calls == 465 and profile.functions[name].arg_names == ["n"]


def test_the_file_is_the_one_the_seed_reads(tmp_path: Path) -> None:
    traced(tmp_path, "def main(): return [1]").save(tmp_path / "x.json")
    read = json.loads((tmp_path / "x.json").read_text())
    assert read["module_name"] and read["version"] == 1
    assert [call["return_type"] for calls in read["function_calls"].values() for call in calls] == ["list[int]"]


def test_times_of_recursion_count_once_and_add_up(tmp_path: Path) -> None:
    source = """
import time
def deep(n):
    time.sleep(0.01)
    return n and deep(n - 1)
def main():
    time.sleep(0.02)
    return deep(4)
"""
    functions = traced(tmp_path, source).functions
    deep, main = functions["program.deep"], functions["program.main"]
    assert deep.calls == 5 and 0.05 <= deep.total_s <= main.total_s - 0.015
    assert deep.self_s == pytest.approx(deep.total_s, rel=0.05)
    assert main.self_s == pytest.approx(main.total_s - deep.total_s, rel=0.05)


def test_hot_loops_and_paths(tmp_path: Path) -> None:
    source = """
def hot(n):
    total = 0
    for i in range(n):
        for j in range(100):
            total += i * j
    return total
def cold(n):
    for i in range(n):
        pass
def main():
    cold(10)
    return hot(20000)
"""
    profile = traced(tmp_path, source)
    hottest = profile.hot_paths[0]
    assert hottest.functions == ["program.main", "program.hot"] and hottest.share > 0.9
    loops = {(loop.function, loop.line): loop.share for loop in profile.hot_loops}
    assert loops["program.hot", 4] > 0.9 and loops["program.hot", 5] > 0.8 and ("program.cold", 9) not in loops


def test_no_value_is_kept(tmp_path: Path) -> None:
    source = """
SECRET = "hunter2-in-a-global"
class Account:
    def __init__(self, owner): self.owner = owner
def main(card=4929123456781234, table={"hunter2-in-a-key": 31337.4242}):
    words, number, raw = ["hunter2-in-a-list"], 987654321987, b"hunter2-bytes"
    account = Account("hunter2-in-an-object")
    globals()["hunter2_in_a_name"] = 1
    try:
        fails("hunter2-in-an-argument")
    except ValueError as fault:
        str(fault)
    return "hunter2-returned"
def fails(text): raise ValueError(f"hunter2-in-a-message {text}")
"""
    profile = traced(tmp_path, source)
    profile.save(tmp_path / "x.json")
    text = (tmp_path / "x.json").read_text()
    assert "program.main" in text and "dict[str, float]" in text
    for secret in ("hunter2", "4929123456781234", "31337", "987654321987"):
        assert secret not in text


HOSTILE = """
import torch
from torch.overrides import TorchFunctionMode
ran = []
class Word(str):
    def __str__(self): ran.append("str"); return "evil"
    def __eq__(self, other): ran.append("eq of a word"); return False
    def __len__(self): ran.append("len of a word"); return 1
    def __getitem__(self, at): ran.append("part of a word"); return self
    __hash__ = str.__hash__
class Mode(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        ran.append("torch"); return function(*args, **(kwargs or {}))
class Meta(type):
    __name__ = property(lambda cls: ran.append("meta name"))
    def __getattribute__(cls, name):
        ran.append("meta " + name)
        return type.__getattribute__(cls, name)
    def __instancecheck__(cls, one): ran.append("instance"); return True
    def __subclasscheck__(cls, one): ran.append("subclass"); return True
    def __eq__(cls, one): ran.append("eq of a class"); return True
    def __hash__(cls): ran.append("hash of a class"); return 1
class Liar(metaclass=Meta):
    __module__ = property(lambda self: 1 / 0)
    def __getattribute__(self, name): ran.append(name); raise SystemExit(name)
    def __repr__(self): ran.append("repr")
    def __iter__(self): ran.append("iter"); return iter(())
    def __len__(self): ran.append("len"); return 0
    def __bool__(self): ran.append("bool"); raise SystemExit
    def __eq__(self, other): ran.append("eq"); raise SystemExit
    def __hash__(self): return 1
class Many(list):
    def __iter__(self): ran.append("iter of a list"); raise SystemExit
    def __len__(self): ran.append("len of a list"); return 3
    def __bool__(self): ran.append("bool of a list"); return True
class Odd(Exception):
    @property
    def __traceback__(self): ran.append("traceback")
    @property
    def __class__(self): ran.append("class"); return dict
class Named: pass
Named.__qualname__ = Word("Named" * 1000)
Odd.__name__ = Word("Odd")
def takes(one, many, table, named, tensor): return one
def raises(): raise Odd
def main():
    one, many, tensor = object.__new__(Liar), Many([1]), torch.zeros(2, 3)
    ran.clear()
    with Mode():
        for _ in range(40):
            takes(one, many, {one: [many]}, Named(), tensor)
    try:
        raises()
    except Odd as odd:
        len("")
"""


def test_code_of_traced_values_never_runs(tmp_path: Path) -> None:
    module = loaded(tmp_path, HOSTILE)
    with RuntimeTracer(folders=[tmp_path]) as tracer:
        module.main()
    assert module.ran == []
    assert tracer.profile is not None
    (way,) = tracer.profile.function_calls["program.takes"]
    assert way.arg_types[0] == "Liar" and way.arg_types[2] == "dict[Liar, list[program.Many]]"
    assert way.arg_types[3] == "program." + "Named" * 40 and way.arg_types[4] == "Tensor[float32, 2]"
    assert tracer.profile.functions["program.raises"].exceptions == {"Odd": 1}


def test_arrays_and_what_poses_as_one(tmp_path: Path) -> None:
    source = """
import numpy
class Sub(numpy.ndarray):
    @property
    def dtype(self): raise SystemExit
Posing = type("ndarray", (), {"__module__": "numpy", "dtype": property(lambda self: 1 / 0)})
def takes(array, sub, posing, words): return array.T
def main(): takes(numpy.zeros((2, 3), "float32"), numpy.zeros(3).view(Sub), Posing(), numpy.array(["ab"]))
"""
    (way,) = traced(tmp_path, source).function_calls["program.takes"]
    assert way.arg_types == ["ndarray[float32, 2]", "program.Sub", "numpy.ndarray", "ndarray[str, 1]"]
    assert way.return_type == "ndarray[float32, 2]"


def test_looks_are_ever_fewer_and_find_new_types(tmp_path: Path) -> None:
    source = """
def takes(x): return x
def main():
    for i in range(50_000): takes(i)
    for i in range(50_000): takes(str(i))
"""
    profile = traced(tmp_path, source)
    found = {way.return_type: way.count for way in profile.function_calls["program.takes"]}
    assert profile.functions["program.takes"].calls == 100_000
    assert set(found) == {"int", "str"} and sum(found.values()) < 400


def test_installed_packages_are_seen_when_included(tmp_path: Path) -> None:
    source = "import json\ndef main(): return json.dumps({'a': 1}, indent=1)"
    module = loaded(tmp_path, source)
    assert set(traced(tmp_path, source).functions) == {"program.main"}
    with RuntimeTracer(folders=[], include=["json.encoder"]) as tracer:
        module.main()
    assert tracer.profile is not None
    assert {name.rpartition(".")[0] for name in tracer.profile.functions} >= {"json.encoder.JSONEncoder"}
    assert "json.dumps" not in tracer.profile.functions


def test_a_thread_that_outlives_the_tracer_is_let_go(tmp_path: Path) -> None:
    source = """
import threading
go, ended = threading.Event(), threading.Event()
profiler = []
def step(): return 1
def works():
    step(); go.set(); ended.wait(10); step()
    import sys
    profiler.append(sys.getprofile())
def main():
    global thread
    thread = threading.Thread(target=works); thread.start(); go.wait(10)
"""
    module = loaded(tmp_path, source)
    with RuntimeTracer(folders=[tmp_path]) as tracer:
        module.main()
    module.ended.set()
    module.thread.join(10)
    assert tracer.profile is not None and tracer.profile.functions["program.step"].calls == 1
    assert module.profiler == [None]


def test_the_programs_objects_die_when_they_would(tmp_path: Path) -> None:
    source = """
import gc, time, weakref
class Node: pass
alive = []
def step(node): time.sleep(0.002); return node
def main():
    gc.collect(); gc.disable()
    for _ in range(30):
        node = Node()
        dying = weakref.ref(node)
        node = step(node)
        del node
        alive.append(dying() is not None)
    alive.append(gc.collect() > 0)
    gc.enable()
"""
    module = loaded(tmp_path, source)
    with RuntimeTracer(folders=[tmp_path]):
        module.main()
    assert not any(module.alive)


def test_variables_are_the_programs_own(tmp_path: Path) -> None:
    source = """
import inspect, sys, threading, traceback, weakref
class Node: pass
made = []
def make():
    node = Node(); made.append(weakref.ref(node)); return node
def drops(node, more):
    other = node
    del node, other
    return made[-1]() is None
def yields(node):
    del node
    yield made[-1]() is None
def shows(x):
    shown = locals()
    y = 1
    return shown
def fails():
    node = make()
    seen = inspect.currentframe().f_locals
    lives = made[-1]
    raise ValueError(seen)
def fails_alone():
    node = make()
    raise ValueError
def clears():
    try: fails()
    except ValueError as fault: seen = fault.args[0]
    try: fails_alone()
    except ValueError as fault: traceback.clear_frames(fault.__traceback__)
    return "node" in seen, made[-1]() is None
def counts():
    count = 0
    lock = threading.Lock()
    def step():
        nonlocal count
        with lock: count += 1
    def steps():
        for _ in range(400): step()
    threads = [threading.Thread(target=steps) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return count
def main():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        return [drops(make(), 1), next(yields(make())), shows(1), clears(), counts()]
    finally:
        sys.setswitchinterval(interval)
"""
    module = loaded(tmp_path, source)
    with RuntimeTracer(folders=[tmp_path]) as tracer:
        assert module.main() == [True, True, {"x": 1}, (True, True), 1600]
    assert tracer.profile is not None
    (way,) = tracer.profile.function_calls["program.drops"]
    assert way.arg_types == ["program.Node", "int"]


def test_code_dies_when_it_would_and_what_takes_its_place_is_seen(tmp_path: Path) -> None:
    source = """
import weakref
alive = []
def main():
    for _ in range(30):
        code = compile("1", "<elsewhere>", "eval")
        dying = weakref.ref(code)
        eval(code, {})
        del code
        alive.append(dying() is not None)
"""
    module = loaded(tmp_path, source)
    with RuntimeTracer(folders=[tmp_path]) as tracer:
        module.main()
        code = compile("1", "<elsewhere>", "eval")
        eval(code, {})
        key = id(code)
        assert tracer._functions.met[key] is None
        del code
        assert key not in tracer._functions.met
    assert not any(module.alive)
    dying = weakref.ref(module.main.__code__)
    del module
    gc.collect()
    assert dying() is None and tracer.profile is not None


def test_a_thread_for_each_request_is_as_cheap_as_the_first(tmp_path: Path) -> None:
    source = """
import threading, time
def works(): return 1
def some():
    begun = time.process_time()
    for _ in range(400):
        thread = threading.Thread(target=works); thread.start(); thread.join()
    return time.process_time() - begun
"""
    module = loaded(tmp_path, source)
    with RuntimeTracer(folders=[tmp_path]) as tracer:
        took = [module.some() for _ in range(8)]
        assert len(tracer._functions.threads.running) < 20
    assert tracer.profile is not None
    function = tracer.profile.functions["program.works"]
    assert function.calls == function.threads == 3200
    assert sum(took[-3:]) < 2.5 * sum(took[:3])


def test_what_never_repeats_is_looked_at_ever_less(tmp_path: Path) -> None:
    source = """
def takes(numbers):
    kinds = tuple((1, "a", 1.0, None)[n % 4] for n in numbers)
    return 1
def main():
    for n in range(20_000): takes((n, n // 4, n // 16, n // 64, n // 256, n // 1024))
"""
    profile = traced(tmp_path, source)
    (way,) = profile.function_calls["program.takes"]
    assert way.count < 200 and way.local_types == {"kinds": "Any"}


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_may_stop_it(tmp_path: Path) -> None:
    tracer = RuntimeTracer(folders=[tmp_path])
    tracer.start()
    begun = time.perf_counter()
    child = os.fork()
    if not child:
        tracer.stop()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7 and time.perf_counter() - begun < 1.5
    tracer.stop()


@needs_setprofile
def test_what_could_not_be_seen_is_named(tmp_path: Path) -> None:
    release = threading.Event()
    threading.Thread(target=release.wait, args=(10,)).start()
    profile = traced(tmp_path, "import sys\ndef main(): sys.setprofile(None)")
    release.set()
    assert (
        len(profile.left_out) == 2 and "threads" in profile.left_out[0] and "took the tracer out" in profile.left_out[1]
    )


def test_the_recursion_limit_is_the_programs_own_error(tmp_path: Path) -> None:
    source = """
def deep(n): return deep(n + 1)
def main():
    try: deep(0)
    except RecursionError: return "caught"
"""
    profile = traced(tmp_path, source)
    assert profile.functions["program.deep"].calls > 100 and sys.getprofile() is None


def test_wrong_use_is_said() -> None:
    tracer = RuntimeTracer()
    with pytest.raises(InputError, match="does not run"):
        tracer.stop()
    with tracer, pytest.raises(InputError, match="runs already"):
        tracer.start()


@needs_setprofile
def test_another_profiler_is_not_thrown_out() -> None:
    def other(*_: object) -> None: ...

    sys.setprofile(other)
    try:
        with pytest.raises(InputError, match="Another profiler"):
            RuntimeTracer().start()
        assert sys.getprofile() is other
    finally:
        sys.setprofile(None)


def test_an_exception_passes_and_the_profile_is_there(tmp_path: Path) -> None:
    module = loaded(tmp_path, "def main(): raise KeyError('x')")
    tracer = RuntimeTracer(folders=[tmp_path])
    with pytest.raises(KeyError), tracer:
        module.main()
    assert tracer.profile is not None and tracer.profile.functions["program.main"].exceptions == {"KeyError": 1}


def test_it_costs_little_to_wait(tmp_path: Path) -> None:
    """A thread that waits is no hot path."""
    source = """
import time
def waits(): time.sleep(0.1)
def works():
    end = time.thread_time() + 0.1
    while time.thread_time() < end: pass
def main(): waits(); works()
"""
    begun = time.perf_counter()
    profile = traced(tmp_path, source)
    assert time.perf_counter() - begun < 5
    shares = {path.functions[-1]: path.share for path in profile.hot_paths}
    assert shares["program.works"] > 0.9 and shares.get("program.waits", 0) < 0.1
