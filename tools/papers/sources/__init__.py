"""Where papers come from: files, the embedded index, OpenSearch with S3."""

from tools.papers.sources.finding import find_paper, open_index, open_source
from tools.papers.sources.selection import PaperSelection, select_papers

__all__ = ["PaperSelection", "find_paper", "open_index", "open_source", "select_papers"]
