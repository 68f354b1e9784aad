"""A paper of any form as text: `extract(path, destination)`."""

from tools.papers.extract.extraction import extract
from tools.papers.extract.limits import Limits

__all__ = ["Limits", "extract"]
