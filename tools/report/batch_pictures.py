"""Geometry of the batch page's flow, components and timeline, in the units of the SVG's view box; pure functions."""

from dataclasses import dataclass

from tools.report.batch_statistics import STAGE_GROUPS, BatchSummary
from tools.report.wording import duration

WIDTH = 1040
BOX_WIDTH, BOX_HEIGHT, GAP = 114, 62, 16
ROW, LANE, NAMES = 30, 20, 250
"""Of the timeline: the height of a row and of its bar, and the room for titles."""
REACHED = {
    "paper retrieval": "retrieved",
    "reading": "read",
    "data and research": "matched",
    "code generation": "coded",
    "code review": "reviewed",
    "execution": "executed",
    "tuning": "tuned",
    "measurement": "measured",
}
COMPONENTS = {
    "sources": ("Paper sources", 10, 20),
    "chunk": ("Chunk reader", 300, 20),
    "summarizer": ("Summarizer", 590, 20),
    "researcher": ("Researcher", 880, 20),
    "datasets": ("Datasets", 880, 130),
    "coder": ("Coder", 590, 130),
    "reviewer": ("Reviewer", 300, 130),
    "box": ("Box", 10, 130),
    "debugger": ("Debugger", 300, 240),
    "tuner": ("Tuner", 10, 240),
    "measure": ("Measurement", 10, 350),
}
"""Title and place (left, top) of each component."""
COMPONENT = (150, 56)
EDGES = (
    ("sources", "chunk", "text in chunks"),
    ("chunk", "summarizer", "summaries"),
    ("summarizer", "researcher", "brief"),
    ("researcher", "datasets", "ranking"),
    ("datasets", "coder", "profile"),
    ("coder", "reviewer", "code"),
    ("reviewer", "box", "reviewed code"),
    ("box", "debugger", "failures"),
    ("debugger", "reviewer", "corrections"),
    ("box", "tuner", "scores"),
    ("tuner", "measure", "best values"),
)


@dataclass(frozen=True)
class FlowBox:
    """One step of the pipeline and how many papers reached it."""

    x: float
    title: str
    papers: int
    share: float
    verb: str


@dataclass(frozen=True)
class Node:
    x: float
    y: float
    title: str
    calls: str


@dataclass(frozen=True)
class Arrow:
    path: str
    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Piece:
    """A stretch of one paper's bar."""

    x: float
    width: float
    kind: str
    label: str


@dataclass(frozen=True)
class Lane:
    y: float
    title: str
    total: str
    pieces: list[Piece]


def flow(summary: BatchSummary) -> list[FlowBox]:
    """How many papers reached each step: a step counts when time was spent in it."""
    boxes = []
    for index, step in enumerate(STAGE_GROUPS):
        papers = sum(line.by_step.get(step, 0.0) > 0 for line in summary.lines)
        x = index * (BOX_WIDTH + GAP)
        boxes.append(FlowBox(x, step, papers, papers / summary.papers if summary.papers else 0.0, REACHED[step]))
    return boxes


def components(summary: BatchSummary) -> tuple[list[Node], list[Arrow]]:
    """The components and what passes between them, with the model calls that each made."""
    nodes = []
    for name, (title, x, y) in COMPONENTS.items():
        calls = summary.calls.get(name, 0)
        nodes.append(Node(x, y, title, f"{calls:,} model calls" if calls else ""))
    return nodes, [_arrow(start, end, label) for start, end, label in EDGES]


def timeline(summary: BatchSummary) -> tuple[list[Lane], float]:
    """One bar a paper, a stretch for each step; and the height of the picture."""
    longest = max((line.seconds for line in summary.lines), default=0.0) or 1.0
    scale = (WIDTH - NAMES - 90) / longest
    lanes = []
    for index, line in enumerate(summary.lines):
        x, pieces = float(NAMES), []
        for number, (step, seconds) in enumerate(line.by_step.items()):
            if seconds > 0:
                label = f"{step}: {duration(seconds)}"
                pieces.append(Piece(round(x, 1), max(0.8, round(seconds * scale, 1)), f"step-{number}", label))
                x += seconds * scale
        title = line.title or line.reference
        lanes.append(Lane(index * ROW, title[:34] + ("…" if len(title) > 34 else ""), duration(line.seconds), pieces))
    return lanes, max(1, len(lanes)) * ROW


def _arrow(start: str, end: str, label: str) -> Arrow:
    """A line from border to border: straight, or with two corners between components in different columns."""
    (_, x1, y1), (_, x2, y2) = COMPONENTS[start], COMPONENTS[end]
    width, height = COMPONENT
    if y1 == y2:
        left, right = (x1 + width, x2 - 7) if x2 > x1 else (x1, x2 + width + 7)
        y = y1 + height / 2
        return Arrow(f"M{left} {y}H{right}", label, (left + right) / 2, y - 8)
    upper, lower = (y1 + height, y2 - 7) if y2 > y1 else (y1, y2 + height + 7)
    middle = (upper + lower) / 2
    if x1 == x2:
        x = x1 + width / 2
        return Arrow(f"M{x} {upper}V{lower}", label, x + 10 + 3 * len(label), middle + 4)
    left, right = x1 + width - 20, x2 + 20
    return Arrow(f"M{left} {upper}V{middle}H{right}V{lower}", label, (left + right) / 2, middle - 7)
