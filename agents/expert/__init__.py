"""The rule-based expert: answers what the agents are asked with no model, no key and no network."""

from agents.expert.chat.intake import ExpertIntake
from agents.expert.coder import ExpertCoder
from agents.expert.debugger import ExpertDebugger
from agents.expert.papers.chunk_reader import ExpertChunkReader
from agents.expert.papers.summarizer import ExpertSummarizer
from agents.expert.researcher import ExpertResearcher
from agents.expert.reviewer import ExpertReviewer

__all__ = [
    "ExpertChunkReader",
    "ExpertCoder",
    "ExpertDebugger",
    "ExpertIntake",
    "ExpertResearcher",
    "ExpertReviewer",
    "ExpertSummarizer",
]
