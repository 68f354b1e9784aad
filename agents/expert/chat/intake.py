"""The expert as intake: a grammar of requests, one question where it can't tell, and a word on what it can't parse."""

import difflib
import re
from dataclasses import dataclass, field
from typing import Any

from agents.changes import LONGEST_GOAL, NOTHING_TO_CHANGE, Change, changed_task, checked_task
from agents.chat_text import USERS, split_code
from agents.contracts import IntakeAnswer, IntakeRequest, Lookup, TellRequest
from agents.expert.chat.changes import read_changes, refers_back
from agents.expert.chat.leftovers import not_understood, told, unknown_words
from agents.expert.chat.lookups import INTERROGATIVE, SHOWS, TRAINS, read_lookup, wants_review, wishes_beside
from agents.expert.chat.options import read_options
from agents.expert.chat.reading import Reading, either
from agents.expert.chat.subjects import ASKS_FOR_PAPER, MAY_ASK_FOR_PAPER, known_names, read_subjects
from agents.run_names import A_RUN

PAPER_QUESTION = (
    "Which paper? Give the path of a PDF, LaTeX, Markdown, text or HTML file or of a LaTeX folder, or index:ID of a "
    "paper that was added with `arxla papers add`."
)
BUNDLED = "(digits, wine, breast_cancer, diabetes, synthetic, …)"
QUESTION = (
    f"Which dataset? Name a bundled one {BUNDLED} or give the path of an NPZ, CSV or Parquet file or of a folder."
)
NOT_THINGS = "one|run|model|code|paper|it|thing|things|data|dataset|file|is|was|works?"
THESE = re.compile(
    rf"\b(?:these|those|this|that|my|our)\s+((?!(?:{NOT_THINGS})\b)[a-z][a-z-]+"
    r"(?:\s+(?:recordings?|signals?|images?|pictures?|readings?))?)",
    re.IGNORECASE,
)
THE_FILE = f"Which dataset? Give the path of the file or folder with the {{}}, or name a bundled one {BUNDLED}."
UNCLEAR = "I can't tell what you ask. Name a run (why did run 7 stop?) or a dataset to train on; `help` shows examples."
NO_CODE = "Which code? Put the program into the message, between two lines of ```; `arxla review FILE` reviews a file."
ONE_AT_A_TIME = "I answered the question alone; say the other wish in a message of its own."
NEW_REQUEST = either(r"\btrain\b")
"""Said by a user who no longer wants the paper that was asked for."""
NEAR = 0.75
"""How alike two words are that a slip of the pen parts, of 1."""
SO_FAR = {
    "size_limit_kb": "at most {} KB",
    "trials": "{} tuning trials",
    "max_minutes": "at most {} minutes",
    "max_usd": "at most ${}",
    "max_rows": "at most {} rows",
    "target": "for {}",
    "dataset": "on {}",
    "model": "with {}",
}
NO_CHANGE = "I can't tell what should change. Say for example: a smaller one, more trials, under 32 KB, on wine, again."
ELSEWHERE = (
    (either(r"^\W*(?:please\s+)?(?:delete|remove|erase)\b.*\bruns?\b"),
     "A chat deletes nothing: a run is its folder of results."),
    (either(r"^\W*(?:please\s+)?(?:export|download)\b"), "`arxla export RUN FOLDER` exports a run's project."),
    (either(r"^\W*(?:please\s+)?(?:resume|cancel|stop|kill)\s+(?:the\s+)?(?:run\b|batch\b|#)"),
     "Ctrl-C stops the run of a terminal; `arxla resume RUN` goes on with one."),
)  # fmt: skip
"""What is asked for in a chat and done by other commands."""
SMALL_TALK = {
    "Hello.": either(r"^\W*(?:hello|hi|hey|good (?:morning|evening|day))(?:\s+(?:there|arxla|again))?\W*$"),
    "You are welcome.": either(r"^\W*(?:thanks?|thank you|thx|great|cool|nice|perfect|good job)\b[\w\s]{0,12}\W*$"),
    "Nothing runs in this chat now.": either(r"^\W*(?:stop|cancel|abort|quit|exit|bye)\W*$"),
}


@dataclass
class Wish:
    """What the open messages ask for together."""

    fields: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    close: str = ""
    """A known dataset that an unknown word may be a slip of the pen for."""
    words: list[str] = field(default_factory=list)
    refers: bool = False
    """It goes on from the last run's task."""

    @property
    def named(self) -> bool:
        return "dataset" in self.fields or "paper" in self.fields

    @property
    def waits_for_paper(self) -> bool:
        return "paper" not in self.fields and ASKS_FOR_PAPER.search(self.said) is not None

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


class ExpertIntake:
    """Reads requests by patterns. It understands the paper, the dataset and the options of a Task, changes of the last
    one, and questions of the kinds of `Lookup`, and no more."""

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        """A Task from all that is open, later words winning; a lookup; or the one question that is left."""
        said = [split_code(text) for role, text in request.messages if role in USERS]
        prose, code = said[-1] if said else ("", "")
        for reply, pattern in SMALL_TALK.items():
            if pattern.search(prose):
                return IntakeAnswer(question=f"{reply} `help` shows what I understand.", closes=True)
        if lookup := read_lookup(prose, code):
            return IntakeAnswer(lookup=_on_data(lookup), note=ONE_AT_A_TIME if wishes_beside(prose) else "")
        for pattern, way in ELSEWHERE:
            if pattern.search(prose):
                return IntakeAnswer(question=way, closes=True)
        if wants_review(prose) and not code:
            return IntakeAnswer(question=NO_CODE, closes=True)
        wish = _read(request.messages)
        answer = _task(wish, request) or _question(wish, request)
        unused = "The code in your message was not used." if code else ""
        notes = [answer.note, told(wish.unknown), unused]
        return answer.model_copy(update={"note": " ".join(note for note in notes if note)})

    def tell(self, request: TellRequest) -> str:
        """The facts as they are: the expert words nothing."""
        return request.facts


def _read(messages: list[tuple[str, str]]) -> Wish:
    """Every message of the user, each beside what it was an answer to."""
    wish, asked = Wish(), ""
    for role, text in messages:
        if role not in USERS:
            asked = text
            continue
        prose = split_code(text)[0]
        reading = Reading(prose)
        subjects = read_subjects(reading, asked)
        if "dataset" in subjects and wish.waits_for_paper and NEW_REQUEST.search(prose):
            wish = Wish()
        wish.fields |= subjects | read_options(reading)
        wish.changes += read_changes(reading)
        wish.refers = wish.refers or refers_back(reading)
        reading.take(A_RUN)
        unknown = not_understood(reading)
        wish.unknown += unknown
        wish.close = wish.close or _close(unknown)
        wish.words.append(prose)
    return wish


def _task(wish: Wish, request: IntakeRequest) -> IntakeAnswer | None:
    """A new task or a change of the last one; None when it takes another word of the user's."""
    last, fields = request.last_task, wish.fields
    if more := fields.pop("more_trials", None):
        fields["trials"] = (last.trials if last else 0) + more
    if last and (wish.changes or (fields and not wish.named) or (wish.named and wish.refers)):
        return changed_task(last, wish.changes, fields, request.last_size_kb, wish.said)
    asks_only = INTERROGATIVE.search(wish.words[-1]) if len(wish.words) == 1 else None
    if not wish.named or asks_only or wish.waits_for_paper:
        return None
    return checked_task({**fields, "goal": wish.said[:LONGEST_GOAL]})


def _question(wish: Wish, request: IntakeRequest) -> IntakeAnswer:
    """For the paper, for the file with what the user speaks of, or for any dataset."""
    note = _so_far(wish.fields)
    last_words = wish.words[-1] if wish.words else ""
    if len(wish.words) == 1 and (INTERROGATIVE.search(last_words) or SHOWS.search(last_words)):
        dataset = wish.fields.get("dataset")
        if dataset is None:
            return IntakeAnswer(question=UNCLEAR, closes=True)
        question = f"I can't tell what you ask. Should I train on {dataset}? `help` shows examples."
    elif wish.close and "dataset" not in wish.fields:
        question = f"Did you mean {wish.close}?"
    elif request.last_task and not wish.named and len(wish.words) == 1 and not TRAINS.search(wish.said):
        return IntakeAnswer(question=NO_CHANGE, closes=True)
    elif wish.changes and not wish.named:
        question = NOTHING_TO_CHANGE
    elif MAY_ASK_FOR_PAPER.search(wish.said):
        question = PAPER_QUESTION
    else:
        these = THESE.search(wish.said)
        question = THE_FILE.format(these[1].lower()) if these else QUESTION
    return IntakeAnswer(question=question, note=note)


def _close(phrases: list[str]) -> str:
    """The dataset whose name is nearest to a word that nothing knows; "" when none is near."""
    found = [difflib.get_close_matches(word.lower(), known_names(), 1, NEAR) for word in unknown_words(phrases)]
    return next((names[0] for names in found if names), "")


def _on_data(lookup: Lookup) -> Lookup:
    """A list may be of the runs on one dataset alone; how it went on a dataset is told by the best of them."""
    if lookup.runs or lookup.kind not in ("runs", "best", "run"):
        return lookup
    dataset = read_subjects(Reading(lookup.text)).get("dataset", "")
    kind = "best" if dataset and lookup.kind == "run" else lookup.kind
    return lookup.model_copy(update={"dataset": dataset, "kind": kind})


def _so_far(fields: dict[str, Any]) -> str:
    """What was understood beside what is missing."""
    told = ", ".join(SO_FAR.get(name, name.replace("_", " ") + " {}").format(value) for name, value in fields.items())
    return f"Understood so far: {told}." if told else ""
