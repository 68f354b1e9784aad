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
    "research and dataset": "matched",
    "code generation": "coded",
    "code review": "reviewed",
    "execution": "executed",
    "tuning": "tuned",
    "measurement": "measured",
}
COMPONENTS = {
    "sources": ("Paper sources", 20, 30),
    "chunk": ("Chunk reader", 290, 30),
    "summarizer": ("Summarizer", 560, 30),
    "researcher": ("Researcher", 830, 30),
    "datasets": ("Datasets", 830, 150),
    "coder": ("Coder", 560, 150),
    "reviewer": ("Reviewer", 290, 150),
    "box": ("Box", 20, 150),
    "debugger": ("Debugger", 20, 270),
    "tuner": ("Tuner", 290, 270),
    "measure": ("Measurement", 560, 270),
}
"""Title and place (left, top) of each component."""
COMPONENT = (190, 56)
EDGES = (
    ("sources", "chunk", "text in chunks"),
    ("chunk", "summarizer", "summaries"),
    ("summarizer", "researcher", "brief"),
    ("researcher", "datasets", "ranking"),
    ("datasets", "coder", "profile"),
    ("coder", "reviewer", "code"),
    ("reviewer", "box", "reviewed code"),
    ("box", "debugger", "failures"),
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
    """A straight or one-cornered line from border to border."""
    (_, x1, y1), (_, x2, y2) = COMPONENTS[start], COMPONENTS[end]
    width, height = COMPONENT
    if y1 == y2:
        left, right = (x1 + width, x2 - 7) if x2 > x1 else (x1, x2 + width + 7)
        y = y1 + height / 2
        return Arrow(f"M{left} {y}H{right}", label, (left + right) / 2, y - 8)
    if x1 == x2:
        x = x1 + width / 2
        return Arrow(f"M{x} {y1 + height}V{y2 - 7}", label, x + 8 + 3 * len(label), (y1 + height + y2) / 2)
    x, y = x1 + width - 30, y2 + height / 2
    return Arrow(f"M{x} {y1 + height}V{y}H{x2 - 7}", label, (x + x2) / 2, y - 8)
