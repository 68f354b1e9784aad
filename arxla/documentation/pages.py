"""The pages of `docs/` that are made from the code: `make docs` writes them, a test finds what is out of date."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from arxla.documentation.commands import commands
from arxla.documentation.configuration import configuration
from arxla.documentation.outcomes import outcomes
from arxla.documentation.picture import PALETTES, picture
from tools.review.reference import reference

PAGES: dict[str, Callable[[], str]] = {
    "rules.md": reference,
    "reference/settings.md": configuration,
    "reference/commands.md": commands,
    "reference/outcomes.md": outcomes,
    **{f"pictures/stages-{palette}.svg": partial(picture, palette) for palette in PALETTES},
}
"""By path below `docs/`."""


def write_pages(docs: Path) -> None:
    """Write every page that differs from the code."""
    for name, make in PAGES.items():
        path, text = docs / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def outdated(docs: Path) -> list[str]:
    """The pages that are missing or say something else than the code."""
    texts = {name: (docs / name).read_text(encoding="utf-8") if (docs / name).is_file() else None for name in PAGES}
    return [name for name, make in PAGES.items() if texts[name] != make()]
