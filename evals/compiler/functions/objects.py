"""Functions over objects with attributes and methods: geometry, accounts, linked lists, little machines."""

from dataclasses import dataclass, field


@dataclass
class Point:
    x: float
    y: float

    def minus(self, other):
        return Point(self.x - other.x, self.y - other.y)

    def length(self):
        return (self.x * self.x + self.y * self.y) ** 0.5


@dataclass
class Account:
    owner: str
    balance: float = 0.0
    history: list = field(default_factory=list)

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)


class Node:
    def __init__(self, value, after=None):
        self.value = value
        self.after = after


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, n):
        self.count += n
        return self


class Rectangle:
    def __init__(self, left, top, width, height):
        self.left, self.top, self.width, self.height = left, top, width, height

    @property
    def area(self):
        return self.width * self.height


def path_length(points):
    total = 0.0
    for i in range(1, len(points)):
        total += points[i].minus(points[i - 1]).length()
    return total


def centroid(points: list[Point]) -> Point:
    x = 0.0
    y = 0.0
    for point in points:
        x += point.x
        y += point.y
    return Point(x / len(points), y / len(points))


def polygon_area(points):
    total = 0.0
    for i in range(len(points)):
        a = points[i]
        b = points[(i + 1) % len(points)]
        total += a.x * b.y - b.x * a.y
    return abs(total) / 2.0


def bounding_box(points):
    xs = [point.x for point in points]
    ys = [point.y for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def total_area(rectangles):
    return sum(rectangle.area for rectangle in rectangles)


def overlapping(rectangles):
    count = 0
    for i, a in enumerate(rectangles):
        for b in rectangles[:i]:
            if (a.left < b.left + b.width and b.left < a.left + a.width
                    and a.top < b.top + b.height and b.top < a.top + a.height):
                count += 1
    return count


def richest(accounts):
    best = accounts[0]
    for account in accounts:
        if account.balance > best.balance:
            best = account
    return best.owner


def pay_interest(accounts, rate):
    for account in accounts:
        account.deposit(account.balance * rate)
    return sum(account.balance for account in accounts)


def list_sum(node):
    total = 0
    while node is not None:
        total += node.value
        node = node.after
    return total


def reversed_list(node):
    before = None
    while node is not None:
        before = Node(node.value, before)
        node = node.after
    return list_sum(before)


def count_up(n):
    counter = Counter()
    for i in range(n):
        counter.add(i)
    return counter.count


def run_machine(program, steps):
    registers = {"a": 0, "b": 1}
    place = 0
    for _ in range(steps):
        name, register, value = program[place % len(program)]
        if name == "add":
            registers[register] += value
        elif name == "mul":
            registers[register] = registers[register] * value % 10007
        elif registers[register] > value:
            place += 1
        place += 1
    return registers["a"] + registers["b"]


def _points(n):
    return lambda chance: ([Point(chance.random(), chance.random()) for _ in range(n)],)


def _linked(chance, n):
    node = None
    for _ in range(n):
        node = Node(chance.randint(0, 9), node)
    return (node,)


def _accounts(chance, n):
    return [Account(f"owner {i}", chance.uniform(0, 999)) for i in range(n)]


def _rectangles(chance, n):
    return ([Rectangle(*(chance.random() for _ in range(4))) for _ in range(n)],)


CASES = {
    "geometry objects": [
        (path_length, _points(60)),
        (centroid, _points(100)),
        (polygon_area, _points(80)),
        (bounding_box, _points(80)),
        (total_area, lambda chance: _rectangles(chance, 60)),
        (overlapping, lambda chance: _rectangles(chance, 25)),
    ],
    "stateful objects": [
        (richest, lambda chance: (_accounts(chance, 80),)),
        (pay_interest, lambda chance: (_accounts(chance, 40), 0.01)),
        (list_sum, lambda chance: _linked(chance, 30)),
        (reversed_list, lambda chance: _linked(chance, 30)),
        (count_up, lambda chance: (chance.randint(100, 300),)),
        (run_machine, lambda chance: ([("add", "a", 3), ("mul", "b", 7), ("jump", "a", 50)], chance.randint(100, 300))),
    ],
}
