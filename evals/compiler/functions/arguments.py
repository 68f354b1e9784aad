"""What arguments of the corpus's functions are made of; `chance` is a `random.Random`."""

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
SENTENCE = "the quick brown fox jumps over a lazy dog while seven agents compile the code of an old program in time".split()


def floats(n):
    """A maker of a list of `n` numbers."""
    return lambda chance: ([chance.uniform(-50, 50) for _ in range(n)],)


def ints(n, top=1000):
    """A maker of a list of `n` integers up to `top`."""
    return lambda chance: ([chance.randint(0, top) for _ in range(n)],)


def words(n):
    """A maker of a list of `n` words."""
    return lambda chance: (chance.choices(WORDS, k=n),)


def matrix(chance, n, m):
    """Nested lists."""
    return [[chance.uniform(-1, 1) for _ in range(m)] for _ in range(n)]


def text(chance, n):
    """`n` words."""
    return " ".join(chance.choices(SENTENCE, k=n))


def letters(chance, n, of="abcd"):
    """`n` letters."""
    return "".join(chance.choices(of, k=n))


def mirror(chance, n):
    """A palindrome."""
    half = letters(chance, n)
    return (half + half[::-1],)


def graph(chance, n):
    """Four successors of each of `n` nodes."""
    return {i: [chance.randrange(n) for _ in range(4)] for i in range(n)}


def records(chance, n):
    """Rows of a table of people."""
    return [
        {"name": chance.choice(WORDS), "age": chance.randint(18, 70), "active": chance.random() < 0.7,
         "team": chance.choice("abc")}
        for _ in range(n)
    ]
