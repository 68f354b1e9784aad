"""A recording of model answers: JSON lines that a person can read, one file a subject, one line an ask.

An ask keeps every reply it took (continuations, tool calls, re-asks) or the failure it ended with. Requests are not
kept: an answer is found again by its agent, its key (a chunk's number, a candidate's) and its order, so that a reworded
prompt still finds it. Secrets are masked. What a program asked of a model besides (its window, whether it is local) is
kept too, since a replay has nobody to ask.
"""

import fcntl
import json
import os
import re
import threading
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import (
    ArxlaError,
    BudgetExhausted,
    DiskFull,
    InputError,
    ModelUnavailable,
    RecordingOver,
    UnusableAnswer,
)
from runtime.models.reply import Citation, Reply, WantedCall

FAILURES: dict[str, type[ArxlaError]] = {
    kind.__name__: kind for kind in (ModelUnavailable, UnusableAnswer, BudgetExhausted)
}
"""Ends of an ask that are kept and come again; the others say nothing of the model."""
MOST_CHARACTERS = 80
BLOCK = 65_536
"""Bytes of a file that are looked at together."""
_LOCK = threading.Lock()
"""Of writing: a line is written whole."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SpokenLine(_Line):
    """One reply of a model; `tools_refused` is what it said when it takes no tools."""

    text: str = ""
    truncated: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    wanted: list[dict[str, str]] = Field(default_factory=list)
    citations: list[dict[str, str]] = Field(default_factory=list)
    tools_refused: str = ""


class AskLine(_Line):
    """One ask, answered or failed."""

    run: str
    agent: str
    key: str = ""
    model: str
    replies: list[SpokenLine] = Field(default_factory=list)
    failure: str = ""
    """The class of what ended it, from FAILURES."""
    message: str = ""
    lasting: bool = False


class FactLine(_Line):
    """Something that was asked about a role's model."""

    run: str
    agent: str
    model: str
    fact: str
    value: Any


def spoken(reply: Reply) -> SpokenLine:
    """A reply as it is kept."""
    return SpokenLine(
        text=reply.text,
        truncated=reply.truncated,
        input_tokens=reply.input_tokens or 0,
        output_tokens=reply.output_tokens or 0,
        wanted=[{"id": call.id, "name": call.name, "arguments": call.arguments} for call in reply.wanted],
        citations=[page._asdict() for page in reply.citations],
    )


def heard(line: SpokenLine) -> Reply:
    """A kept reply as it came."""
    return Reply(
        line.text,
        line.truncated,
        line.input_tokens,
        line.output_tokens,
        wanted=tuple(WantedCall(**call) for call in line.wanted),
        citations=tuple(Citation(**page) for page in line.citations),
    )


def recording_file(folder: Path, subject: str) -> Path:
    """The file of what a run works on: a name, or a path's last two parts, so that a moved folder is found again."""
    path = Path(subject).expanduser()
    parts = path.resolve().parts[-2:] if path.exists() else (subject,)
    name = re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(parts)).strip("-.")[-MOST_CHARACTERS:]
    return folder / f"{name or 'run'}.jsonl"


def keep_line(path: Path, line: AskLine | FactLine, mask: Any) -> None:
    """Add a line with its secrets masked, in place of one that a kill tore. Raises `DiskFull`."""
    text = json.dumps(_masked(line.model_dump(exclude_defaults=True), mask), ensure_ascii=False)
    data = (text + "\n").encode("utf-8", "replace")
    try:
        with _LOCK:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                stream.truncate(_end_of_lines(stream))
                stream.write(data)
    except OSError as error:
        raise DiskFull(f"A model's answer can't be kept in {path}: {error.strerror or error}.") from error


def _end_of_lines(stream: BinaryIO) -> int:
    """Where the last whole line ends."""
    end = stream.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - BLOCK)
        stream.seek(begin)
        found = stream.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _masked(value: Any, mask: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(item, mask) for name, item in value.items()}
    return [_masked(item, mask) for item in value] if isinstance(value, list) else value


class Recording:
    """What one file holds of the run that was recorded last."""

    def __init__(self, path: Path) -> None:
        """Raises `InputError` when there is no such recording or it can't be read."""
        self.path = path
        try:
            *lines, torn = path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            raise InputError(f"There is no recording {path}: record one with --record {path.parent}.") from None
        except (OSError, UnicodeError) as error:
            raise InputError(f"The recording {path} can't be read ({error}).") from error
        if torn and _is_json(torn):  # a person's editor has left the last end out
            lines.append(torn)
        read = [_read(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
        run = read[-1].run if read else ""
        self.asks = [line for line in read if isinstance(line, AskLine) and line.run == run]
        self.facts = {
            (line.agent, line.fact): line.value for line in read if isinstance(line, FactLine) and line.run == run
        }
        self.models = {line.agent: line.model for line in read if line.run == run}

    def find(self, agent: str, key: str, taken: set[int]) -> int | None:
        """The place of the next answer for an ask: of its agent and key, else of its agent where the key is unknown."""
        left = [place for place, ask in enumerate(self.asks) if ask.agent == agent and place not in taken]
        same = [place for place in left if self.asks[place].key == key]
        if same:
            return same[0]
        known = any(ask.agent == agent and ask.key == key for ask in self.asks)
        return left[0] if left and not known else None

    def over(self, agent: str, key: str) -> RecordingOver:
        """What is raised when there is no answer."""
        held = sum(1 for ask in self.asks if ask.agent == agent)
        about = f" ({key})" if key else ""
        return RecordingOver(
            f"The recording {self.path} holds {held} answers of the {agent} and none is left for this request{about}: "
            "the run has taken another way than the recorded one; record it anew with --record."
        )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _read(path: Path, number: int, text: str) -> AskLine | FactLine:
    try:
        plain = json.loads(text)
        return FactLine.model_validate(plain) if "fact" in plain else AskLine.model_validate(plain)
    except (ValueError, TypeError, ValidationError) as error:
        raise InputError(f"The recording {path} is damaged in line {number}: record it anew.") from error
