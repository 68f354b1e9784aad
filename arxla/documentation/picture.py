"""The pipeline as a drawing: an SVG for light pages and one for dark ones, with nothing to load.

Where a stage stands is laid out by hand; a test holds stages and arrows against the graph itself.
"""

from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 980, 430
BOX_W, BOX_H = 104, 40


class Colors(NamedTuple):
    ink: str
    soft: str
    box: str
    group: str
    ask: str


PALETTES = {
    "light": Colors("#1f2328", "#6e7781", "#ffffff", "#eef1f6", "#8250df"),
    "dark": Colors("#e6edf3", "#9198a1", "#1b1e26", "#2a3040", "#c297ff"),
}
STAGES = {
    "intake": (70, 60), "retrieve": (236, 60), "summarize": (366, 60), "brief": (496, 60), "recommend": (658, 60),
    "dataset": (70, 200), "research": (206, 200), "code": (372, 200), "review": (512, 200), "execute": (700, 200),
    "debug": (606, 290), "tune": (880, 200), "finalize": (880, 290), "report": (880, 380),
}  # fmt: skip
QUESTIONS = {"approve_dataset": (820, 60), "approve_code": (606, 200)}
"""Diamonds: a person is asked, where the task says so. The question for more budget can come after any stage."""
GROUPS = {"read the paper": (176, 28, 380, 84), "develop the code": (312, 148, 448, 188)}
ARROWS = [
    ("intake", "retrieve"), ("retrieve", "summarize"), ("summarize", "brief"), ("brief", "recommend"),
    ("recommend", "approve_dataset"), ("dataset", "research"), ("research", "code"),
    ("code", "review"), ("review", "approve_code"), ("approve_code", "execute"), ("execute", "tune"),
    ("tune", "finalize"), ("finalize", "report"), ("execute", "debug"), ("debug", "review"),
]  # fmt: skip
WAYS = {
    ("intake", "dataset"): "M70,80 V176",
    ("approve_dataset", "dataset"): "M820,76 V128 H96 V176",
    ("review", "code"): "M496,180 C480,154 404,154 388,177",
    ("finalize", "debug"): "M828,298 H662",
    ("debug", "execute"): "M658,278 C704,272 722,252 724,224",
    ("execute", "finalize"): "M752,212 H790 V280 H824",
}
"""Arrows that go round something."""
NOT_DRAWN = {("tune", "debug")}
"""A failing trial goes to the debugger as a failing measurement does; another line would cross the others."""
LEGEND = "Any stage may end the run: the report always follows.   ◆ a person is asked, if the task says so."


def picture(palette: str) -> str:
    """The drawing in one of the `PALETTES`."""
    colors = PALETTES[palette]
    parts = [_group(title, box, colors) for title, box in GROUPS.items()]
    parts += [_straight(*arrow, colors) for arrow in ARROWS]
    parts += [_path(way, colors) for way in WAYS.values()]
    parts += [_stage(name, place, colors) for name, place in STAGES.items()]
    parts += [_question(place, colors) for place in QUESTIONS.values()]
    parts += [_text(20, HEIGHT - 14, LEGEND, colors.soft, 12, "start")]
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{colors.soft}"/></marker></defs>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif">'
    )
    return "\n".join([head, "<title>The stages of a run</title>", marker, *parts, "</svg>"]) + "\n"


def arrows() -> set[tuple[str, str]]:
    """Every arrow that is drawn, as (from, to)."""
    return {*ARROWS, *WAYS}


def _stage(name: str, place: tuple[int, int], colors: Colors) -> str:
    x, y = place
    label = {"summarize": "summarize × N"}.get(name, name)
    box = (
        f'<rect x="{x - BOX_W // 2}" y="{y - BOX_H // 2}" width="{BOX_W}" height="{BOX_H}" rx="8" '
        f'fill="{colors.box}" stroke="{colors.ink}" stroke-width="1.4"/>'
    )
    return box + _text(x, y + 5, label, colors.ink, 14)


def _question(place: tuple[int, int], colors: Colors) -> str:
    x, y = place
    points = f"{x},{y - 15} {x + 15},{y} {x},{y + 15} {x - 15},{y}"
    return f'<polygon points="{points}" fill="{colors.box}" stroke="{colors.ask}" stroke-width="1.6"/>' + _text(
        x, y + 5, "?", colors.ask, 14
    )


def _group(title: str, box: tuple[int, int, int, int], colors: Colors) -> str:
    x, y, width, height = box
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="{colors.group}"/>' + _text(
        x + width - 10, y + height - 8, title, colors.soft, 12, "end"
    )


def _straight(start: str, end: str, colors: Colors) -> str:
    """From the edge of one shape to the edge of the other."""
    (x1, y1), (x2, y2) = ((STAGES | QUESTIONS)[name] for name in (start, end))
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        return _path(f"M{x1 + side * _half(start)},{y1} H{x2 - side * _half(end)}", colors)
    down = 1 if y2 > y1 else -1
    return _path(f"M{x1},{y1 + down * BOX_H // 2} L{x2},{y2 - down * BOX_H // 2}", colors)


def _half(name: str) -> int:
    return BOX_W // 2 if name in STAGES else 15


def _path(way: str, colors: Colors) -> str:
    return f'<path d="{way}" fill="none" stroke="{colors.soft}" stroke-width="1.5" marker-end="url(#tip)"/>'


def _text(x: int, y: int, text: str, color: str, size: int, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" fill="{color}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
