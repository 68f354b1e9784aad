"""The chunk reader that a language model plays."""

from agents.contracts import ChunkRequest
from agents.paper_answers import read_summary
from agents.wording import render, version_of
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls
from tools.papers.brief import ChunkSummary
from tools.papers.summaries import join, numbered

ROLE = "chunk"
CHARACTERS_A_TOKEN = 2.5
"""Of the densest papers, tables and formulas; plain English has about 4."""
PROMPT_TOKENS = 1_200
"""What the prompt takes beside the chunk."""
LONGEST_CHUNK = 60_000
"""Characters. Models overlook what stands in the middle of a longer text (Liu et al. 2023, Lost in the Middle)."""
LOCAL_SHARE = 0.3
"""Of its window: a 1.5B model on two cores took more than the 150 s of a call for a chunk that filled the window."""
LOCAL_SIDE_BY_SIDE = 2
"""A local server answers one request at a time, or a few, and the others' patience ends while they wait for it."""
SHORTEST_CHUNK = 2_000


class ModelChunkReader:
    """Reads one chunk; what is longer than its window in pieces, one after another."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    @property
    def author(self) -> str:
        return self._calls.model(ROLE)

    @property
    def version(self) -> str:
        return f"{self.author} {version_of('chunk')}" if self._calls.lasting else ""

    @property
    def chunk_characters(self) -> int:
        window = self._calls.window(ROLE)
        tokens = window * LOCAL_SHARE if self._calls.is_local(ROLE) else window - PROMPT_TOKENS
        return max(SHORTEST_CHUNK, min(int(tokens * CHARACTERS_A_TOKEN), LONGEST_CHUNK))

    @property
    def side_by_side(self) -> int | None:
        return LOCAL_SIDE_BY_SIDE if self._calls.is_local(ROLE) else None

    def read(self, request: ChunkRequest) -> ChunkSummary:
        """Raises `UnusableAnswer` and what else `ModelCalls.ask` raises."""
        limit = self.chunk_characters
        pieces = [request.text[start : start + limit] for start in range(0, len(request.text), limit)] or [""]
        if len(pieces) == 1:
            return self._read(request, pieces[0], limit)
        return join([self._patiently(request, piece, limit) for piece in pieces])

    def _patiently(self, request: ChunkRequest, piece: str, limit: int) -> ChunkSummary:
        """One of many pieces: asked once more by itself, or one bad answer would cost the good ones beside it."""
        try:
            return self._read(request, piece, limit)
        except UnusableAnswer:
            return self._read(request, piece, limit)

    def _read(self, request: ChunkRequest, text: str, limit: int) -> ChunkSummary:
        place = {"number": request.number, "of": request.of, "section": request.section}
        prompt = render("chunk", **place, title=request.paper_title, text=text, limit=limit)

        def read(answer: str) -> ChunkSummary:
            return read_summary(answer, text, self.author)

        found = self._calls.ask(ROLE, prompt.system, prompt.request, read, key=f"chunk {request.number}")
        return numbered(found, request.number, request.section)
