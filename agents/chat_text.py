"""What of a chat's message is prose and what is code: text between fences is never a request."""

import re
from collections.abc import Sequence

FENCED = re.compile(r"(?<![`~])(`{3,}+|~{3,}+)[\w+-]*+[ \t]*+\n(.*?)(?:^[ \t]*+\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
ONE_LINE = re.compile(r"`{3}(?:python\b)?(.+?)`{3}", re.DOTALL)
PROGRAM = re.compile(r"^(?:import |from \w[\w.]* import |def \w+\(|class \w+|@\w+|async def )", re.MULTILINE)
LONGEST_PROSE = 4_000
"""Characters beside its code that a request may have: more is a document, which is named and not pasted."""
USERS = ("user", "human")


def split_code(text: str) -> tuple[str, str]:
    """(prose, code): the code is what stands between fences, else all from the first line that begins a program."""
    blocks = [match[2] for match in FENCED.finditer(text)]
    if blocks:
        return FENCED.sub("\n", text).strip(), "\n".join(blocks)
    if inline := [match[1] for match in ONE_LINE.finditer(text)]:
        return ONE_LINE.sub(" ", text).strip(), "\n".join(part.strip() for part in inline)
    start = PROGRAM.search(text)
    if start and text.count("\n", start.start()) >= 2:
        return text[: start.start()].strip(), text[start.start() :]
    return text.strip(), ""


def users_words(messages: Sequence[tuple[str, str]]) -> list[str]:
    """What the user said, oldest first."""
    return [text for role, text in messages if role in USERS]
