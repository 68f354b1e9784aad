"""The intake that a language model plays: from a chat to a task, a lookup or one question; and facts told in words."""

import json
import re

from agents.changes import NOTHING_TO_CHANGE, changed_task, checked_task
from agents.chat_answers import CHAT_FIELDS, LOOKUPS, SUBJECTS, ChatDraft, read_chat
from agents.chat_text import USERS, split_code, users_words
from agents.contracts import IntakeAnswer, IntakeRequest, Lookup, TellRequest
from agents.expert.chat.lookups import plain_question
from agents.figures import unsupported
from agents.run_names import mentioned_runs
from agents.said import borne_out, left_out, resembles
from agents.wording import render
from runtime.errors import BudgetExhausted, ModelUnavailable, UnusableAnswer
from runtime.models.calls import ModelCalls, Unreadable
from runtime.task import Task

LAST_MESSAGES = 20
LONGEST_TOLD = 4_000
MOST_NAMED = 5
AGREES = re.compile(
    r"^\W*(?:yes|yep|yeah|y|sure|ok(?:ay)?|right|correct|exactly|that one|please do|ja|oui|s[ií]|да|はい)(?!\w)"
    r"|^\W*[是对好]",
    re.IGNORECASE,
)
"""Only then are the names that arxla itself has put forward the user's."""


class ModelIntake:
    """Understands chats, and words answers whose figures are checked."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        """Ask for a task, a lookup or a question; what the user's words do not bear out is asked back or left out.

        A plain question about runs that it names needs no model. Raises `UnusableAnswer` and whatever
        `ModelCalls.ask` raises.
        """
        words = users_words(request.messages)
        last_words = words[-1] if words else ""
        asked = plain_question(*split_code(last_words))
        if asked and asked.runs:
            return IntakeAnswer(lookup=asked)
        shown = [(role, _shown(text) if role in USERS else text) for role, text in request.messages[-LAST_MESSAGES:]]
        last = request.last_task.model_dump(mode="json", exclude_defaults=True) if request.last_task else None
        prompt = render(
            "intake",
            fields={name: str(Task.model_fields[name].description).rstrip(".") for name in CHAT_FIELDS},
            lookups=LOOKUPS,
            messages=shown,
            last_task=json.dumps(last) if last else "",
            last_size_kb=request.last_size_kb,
        )
        draft = self._calls.ask("intake", prompt.system, prompt.request, read_chat)
        if draft.lookup:
            return IntakeAnswer(lookup=_lookup(draft, last_words))
        if asked:  # a run costs hours: no question is mistaken for one
            return IntakeAnswer(lookup=asked)
        if draft.question:
            return IntakeAnswer(question=draft.question)
        return _task(draft, request)

    def tell(self, request: TellRequest) -> str:
        """The model's answer, or the facts and why: a figure of its own, or no answer. Raises `Cancelled`."""
        prompt = render("tell", question=request.question, facts=request.facts)

        def read(answer: str) -> str:
            text = answer.strip()[:LONGEST_TOLD]
            if not text:
                raise Unreadable("say something.")
            if invented := unsupported(text, request.facts):
                raise Unreadable(f"these figures do not stand in the facts: {', '.join(invented[:MOST_NAMED])}.")
            return text

        try:
            return self._calls.ask("intake", prompt.system, prompt.request, read)
        except (UnusableAnswer, ModelUnavailable, BudgetExhausted) as fault:
            return f"{request.facts}\n\n(From the records as they are. {fault})"


def _shown(text: str) -> str:
    """A message for the model: what is between fences is code, which it need not see to know what is asked."""
    prose, code = split_code(text)
    return f"{prose}\n[a program of {code.count(chr(10)) + 1} lines]" if code else prose


def _lookup(draft: ChatDraft, said: str) -> Lookup:
    """The runs, the data and the program are the user's own, whatever the model made of them."""
    prose, code = split_code(said)
    dataset = draft.dataset if draft.dataset and borne_out("dataset", draft.dataset, prose) else ""
    kind = draft.lookup or "help"
    return Lookup(kind=kind, runs=mentioned_runs(prose), dataset=dataset, code=code, text=prose)


def _task(draft: ChatDraft, request: IntakeRequest) -> IntakeAnswer:
    """A task of what was said; a dataset or a paper that nobody named becomes a question."""
    said = users_words(request.messages)
    agreed = bool(said) and AGREES.search(said[-1]) is not None
    missing = left_out(draft.fields, [text for _, text in request.messages] if agreed else said)
    for name in SUBJECTS:
        if name in missing:
            meant = f" Did you mean {missing[name]}?" if resembles(str(missing[name]), " ".join(said)) else ""
            return IntakeAnswer(question=f"Which {name} should I work on?{meant}")
    fields = {name: value for name, value in draft.fields.items() if name not in missing}
    noted = {name: value for name, value in missing.items() if value != Task.model_fields[name].default}
    named = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in noted.items())
    note = f"I left out what you did not say: {named}." if named else ""
    words = " ".join(said)
    if request.last_task and (draft.changes or not fields.keys() & set(SUBJECTS)):
        answer = changed_task(request.last_task, draft.changes, fields, request.last_size_kb, words)
    elif fields.keys() & set(SUBJECTS):
        answer = checked_task(fields)
    else:
        answer = IntakeAnswer(question=NOTHING_TO_CHANGE)
    return answer.model_copy(update={"note": " ".join(part for part in (answer.note, note) if part)})
