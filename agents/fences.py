"""Fenced blocks in a model's answer, however carelessly they were fenced."""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*$")
LONGEST_ANSWER = 400_000
PYTHON = frozenset({"python", "py", "python3", "pytorch"})
DATA = frozenset({"json", "json5", "jsonc", "javascript", "js", "yaml"})


@dataclass(frozen=True)
class Block:
    """A fenced block; `language` is lower-cased, "" when there is none."""

    language: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.language in PYTHON or (self.language not in DATA and not self.text.lstrip().startswith(("{", "[")))


def fenced_blocks(answer: str) -> list[Block]:
    """Every block in order. A labelled fence ends a block that was left open, and so does the end of the answer."""
    blocks: list[Block] = []
    lines: list[str] = []
    fence, language = "", ""
    for line in answer[:LONGEST_ANSWER].replace("\r\n", "\n").split("\n"):
        found = FENCE.match(line)
        if found is None:
            lines.append(line)
            continue
        mark, label = found.group(1), found.group(2).lower()
        if fence and mark[0] == fence[0] and (label or len(mark) >= len(fence)):
            blocks.append(Block(language, "\n".join(lines)))
            fence, language = (mark, label) if label else ("", "")
            lines = []
        elif not fence:
            fence, language, lines = mark, label, []
        else:
            lines.append(line)
    if fence and "".join(lines).strip():
        blocks.append(Block(language, "\n".join(lines)))
    return blocks
