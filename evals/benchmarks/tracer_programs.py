"""Three programs for tracers: calls that do little, objects and containers, and a real package."""

import random
from collections.abc import Callable, Iterator

Program = Callable[[], object]


def calls() -> int:
    """Recursion and small functions: nothing but calls."""
    return _fibonacci(21) + _ackermann(2, 60) + sum(_hanoi(11, "a", "b", "c") for _ in range(3))


def _fibonacci(n: int) -> int:
    return n if n < 2 else _fibonacci(n - 1) + _fibonacci(n - 2)


def _ackermann(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    if n == 0:
        return _ackermann(m - 1, 1)
    return _ackermann(m - 1, _ackermann(m, n - 1))


def _hanoi(discs: int, source: str, target: str, spare: str) -> int:
    if discs == 0:
        return 0
    return _hanoi(discs - 1, source, spare, target) + 1 + _hanoi(discs - 1, spare, target, source)


class Account:
    """Money with a history."""

    def __init__(self, owner: str, amount: float) -> None:
        self.owner = owner
        self.amount = amount
        self.history: list[tuple[str, float]] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be taken."""
        return self.amount <= 0

    def take(self, amount: float) -> float:
        """As much as there is."""
        taken = min(amount, self.amount)
        self.amount -= taken
        self.history.append(("take", taken))
        return taken

    def put(self, amount: float) -> None:
        """Add to it."""
        self.amount += amount
        self.history.append(("put", amount))


def objects() -> dict[str, float]:
    """Methods, properties, dictionaries, lists and generators."""
    drawn = random.Random(0)
    accounts = {f"owner {number}": Account(f"owner {number}", drawn.uniform(0, 100)) for number in range(200)}
    names = list(accounts)
    for _ in range(12_000):
        source, target = accounts[drawn.choice(names)], accounts[drawn.choice(names)]
        if not source.is_empty:
            target.put(source.take(drawn.uniform(0, 20)))
    return _totals(accounts)


def _totals(accounts: dict[str, Account]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for account in accounts.values():
        for kind, amount in _moves(account):
            totals[kind] = totals.get(kind, 0.0) + amount
    return totals


def _moves(account: Account) -> Iterator[tuple[str, float]]:
    for kind, amount in sorted(account.history, key=lambda move: move[1]):
        yield kind, round(amount, 2)


def package() -> tuple[int, float]:
    """Graph algorithms of networkx, which is plain Python."""
    import networkx

    graph = networkx.gnm_random_graph(120, 420, seed=0)
    central = networkx.betweenness_centrality(graph)
    coloured = networkx.greedy_color(graph, strategy="DSATUR")
    tree = networkx.minimum_spanning_tree(graph)
    return len(coloured) + tree.number_of_edges(), max(central.values())


PROGRAMS: dict[str, Program] = {"calls": calls, "objects": objects, "package": package}
