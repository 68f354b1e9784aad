"""`report.html`: one page that needs nothing but itself."""

from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from tools.report import wording
from tools.report.facts import page_facts
from tools.results.folder import RunFolder
from tools.results.record import RunRecord
from tools.results.writing import write_atomically

CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
"""Characters that have no meaning in a page and steer a terminal that shows it."""


def write_report(folder: RunFolder, record: RunRecord) -> Path:
    """Write `report.html` for a run at any stage and return its path. Raises `DiskFull`."""
    page = templates().get_template("report.html.j2").render(page_facts(folder, record))
    write_atomically(folder.report, page.translate(CONTROLS).encode("utf-8", "replace"))
    return folder.report


def templates() -> jinja2.Environment:
    """The pages' templates: everything in them is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tools.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "kilobytes": wording.kilobytes,
        "duration": wording.duration,
        "money": wording.money,
        "metric_name": wording.metric_name,
        "plain": wording.plain_value,
        "with_code": with_code,
        "moment": moment,
    }
    return environment


def with_code(text: str) -> Markup:
    """Escaped text with what stands between backticks set as code."""
    pieces = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def moment(text: str) -> str:
    """An ISO 8601 time for a reader, e.g. 2026-11-20 10:15 UTC; anything else as it is."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text
