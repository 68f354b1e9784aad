"""The expert's chunk reader: sentences of the chunk itself that say what is done."""

import re

from agents.contracts import ChunkRequest
from agents.expert.identity import GENERATED_BY
from tools.papers.brief import ChunkSummary, Criterion
from tools.papers.quotations import Passage

SAYS_HOW = re.compile(
    r"\b(?:we (?:use|train|propose|apply|set)|consists? of|is (?:defined|computed) (?:as|by))\b", re.I
)
LONGEST_SENTENCE = 400
MOST_CRITERIA = 6


class ExpertChunkReader:
    """A `ChunkReader`."""

    author = GENERATED_BY
    version = ""
    chunk_characters = 40_000

    def read(self, request: ChunkRequest) -> ChunkSummary:
        sentences = [" ".join(text.split()) for text in re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n", request.text)]
        telling = [text for text in sentences if SAYS_HOW.search(text) and len(text) <= LONGEST_SENTENCE]
        passage = Passage(request.text)
        quoted = [text for text in telling if passage.holds(text)][:MOST_CRITERIA]
        return ChunkSummary(
            chunk=request.number,
            section=request.section,
            summary=" ".join((telling or sentences)[:8]),
            criteria=[Criterion(text=text, chunk=request.number, quotation=text) for text in quoted],
            generated_by=GENERATED_BY,
        )
