"""What can't be run twice is refused before it is."""

import pytest

from runtime.compiler.capture import loaded
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.source import Source, source_of

IMPURE = [
    "N = 0\ndef f():\n    global N\n    N += 1",
    "import time\ndef f():\n    return time.time()",
    "from random import random\ndef f():\n    return random()",
    "from time import perf_counter as now\ndef f():\n    return now()",
    "import numpy as np\ndef f():\n    return np.random.rand()",
    "import datetime\ndef f():\n    return datetime.datetime.now()",
    "def f(x):\n    print(x)",
    "def f(p):\n    return open(p).read()",
    "def g():\n    return input()\ndef f():\n    return g()",
    "D = {}\ndef f(x):\n    D[x] = 1",
    "L = []\ndef f(x):\n    L.append(x)",
    "L = []\ndef f(x):\n    m = L\n    m.append(x)",
    "import heapq\nL = []\ndef f(x):\n    heapq.heappush(L, x)",
    "def f(x):\n    import os\n    return os.getpid()",
    "class C:\n    def __call__(self): return 1\nc = C()\ndef f():\n    return c()",
    "from pathlib import Path\ndef f(p, t):\n    Path(p).touch(t)",
    "from pathlib import Path\ndef f(p, t):\n    return Path(p)",
    "from threading import Thread\ndef f(g):\n    return Thread(target=g)",
    "def f(path, text):\n    path.write_text(text)",
    "L = []\nclass C:\n    def __init__(self, x):\n        L.append(x)\ndef f(x):\n    return C(x)",
    "class C:\n    def put(self, x):\n        print(x)\n    def work(self, x):\n        self.put(x)\nf2 = C.work",
    "def f(x):\n    print(x)\nclass C:\n    def f(self, x): return f(x)\nf2 = C.f",
]
PURE = [
    "import math\ndef f(x):\n    return math.sqrt(x)",
    "T = [1, 2, 3]\ndef f(x):\n    return T[x] + len(T) + T.index(2)",
    "def g(x):\n    return x + 1\ndef f(x):\n    return sorted(g(y) for y in x)",
    "import collections\ndef f(x):\n    return collections.Counter(x)",
    "def f(x):\n    x.append(1)\n    return x",
    "class C:\n    def __init__(self, x):\n        self.x = x\n    def more(self):\n        return C(self.x)\n"
    "def f(x):\n    return C(x).more()",
    "import enum\nclass E(enum.Enum):\n    A = 1\ndef f(x):\n    return E.A if x else E(1)",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\ndef f(x):\n    return P(x).x",
    "class C:\n    def down(self, n):\n        return self.down(n - 1) if n else 0\nf2 = C.down",
]


def refused(code):
    source = source_of(loaded(code))
    assert isinstance(source, Source)
    return why_not_repeatable(source)


@pytest.mark.parametrize("code", IMPURE)
def test_it_is_refused(code):
    assert refused(code) is not None


@pytest.mark.parametrize("code", PURE)
def test_it_may_be_replayed(code):
    assert refused(code) is None
