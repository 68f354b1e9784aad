"""What is declared of a dataset that papers name."""

from dataclasses import dataclass, field

from tools.papers.brief import Domain


@dataclass(frozen=True)
class NamedDataset:
    """A dataset, how papers write it, and what stands in for it where it is not available."""

    name: str
    """Canonical: lower case, e.g. cifar10."""
    aliases: tuple[str, ...]
    """Each begins with letters; a blank stands for any or no separator; "=" in front: in exactly this case."""
    domain: Domain
    task: str
    stand_ins: dict[str, float] = field(default_factory=dict)
    """Available datasets and how near they come to it, from 0 to 1; a dataset stands in for itself fully."""
    not_before: str = ""
    """A regular expression for what follows the name when something else is meant, e.g. CIFAR-10-C."""


SMALL_IMAGES = {"cifar10": 0.6, "cifar100": 0.5, "fashion_mnist": 0.25, "mnist": 0.2}
MANY_CLASSES = {"cifar100": 0.7, "cifar10": 0.6, "fashion_mnist": 0.2, "mnist": 0.15}
DIGITS = {"mnist": 0.9, "fashion_mnist": 0.6, "cifar10": 0.2}
TEXTS = {"imdb": 0.7, "wikitext2": 0.3, "synthetic:tokens": 0.1}
REVIEWS = {"imdb": 0.9, "wikitext2": 0.2, "synthetic:tokens": 0.1}
RUNNING_TEXT = {"wikitext2": 0.9, "imdb": 0.3, "synthetic:tokens": 0.1}
TRANSLATION = {"wikitext2": 0.6, "imdb": 0.3, "synthetic:tokens": 0.2}
SIGNALS = {"synthetic:sequence": 0.5}
TABLES = {"synthetic:tabular": 0.5}
NUMBERS = {"synthetic:regression": 0.5}
EQUATIONS = {"synthetic:regression": 0.4}
GRAPHS = {"synthetic:tabular": 0.2}
CONTROL = {"synthetic:tabular": 0.15}
