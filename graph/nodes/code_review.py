"""A static review of code for its own sake: the code of a turn, what is found, what was mended, the words."""

from typing import cast, get_args

from langchain_core.messages import AIMessage

from agents.chat_text import split_code
from graph.chat import LONGEST, read_message
from graph.nodes.answer import reviewed
from graph.stage import Stage
from graph.state import Json, Update
from runtime.errors import InputError
from runtime.task import Target
from tools.review import fix_code, review_code

NOTHING = "Give the code to review: in a fenced block of a message, or in the field `code`."


def read(stage: Stage) -> Update:
    """The code of this turn and the device that it is held against. Nothing runs."""
    given, messages = cast("Json", stage.state), stage.state.get("messages", [])
    code = given.get("code", "")
    if messages and messages[-1].type == "human":
        code = split_code(read_message(messages[-1])[0])[1]
    if not code.strip():
        raise InputError(NOTHING)
    if len(code) > LONGEST:
        raise InputError(f"This code has {len(code):,} characters, and at most {LONGEST:,} are read.")
    target = given.get("target") or stage.context.target or "xla"
    if target not in get_args(Target):
        raise InputError(f"The target {target!r} is unknown: choose {', '.join(get_args(Target))}.")
    return {"code": code, "target": target, "findings": [], "fixed": "", "applied": [], "outcome": "", "message": ""}


def check(stage: Stage) -> Update:
    """What the rules find in the code as it is, and the code with what is safe to mend mended."""
    given = cast("Json", stage.state)
    code, target = given["code"], cast("Target", given["target"])
    findings = review_code(code, target, heed_comments=False)
    mended = fix_code(code, target)
    lines = [finding.model_dump(mode="json") for finding in findings]
    fixed = mended.source if mended.source != code else ""
    note = f"{len(findings)} findings, {len(mended.applied)} mended"
    return {"findings": lines, "fixed": fixed, "applied": list(mended.applied), "note": note}


def reply(stage: Stage) -> Update:
    """The findings in words, with the mended code."""
    given = cast("Json", stage.state)
    if given.get("outcome"):
        return {"messages": [AIMessage(f"{given['outcome']}: {given['message']}")]}
    text = reviewed(given["code"], given["target"])
    if given["fixed"]:
        text += f"\n\nMended ({', '.join(given['applied'])}):\n\n````python\n{given['fixed'].rstrip()}\n````"
    return {"messages": [AIMessage(text)]}
