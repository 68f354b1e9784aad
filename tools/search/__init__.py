"""Searching the literature: arXiv, OpenAlex, OpenSearch and the embedded index. See README.md."""

from tools.search.available import own_tools, search_tools
from tools.search.protocol import Found, SearchTool
from tools.search.session import Numbered, SearchSession

__all__ = ["Found", "Numbered", "SearchSession", "SearchTool", "own_tools", "search_tools"]
