"""Dataset recommendation: which available dataset suits a paper, and why."""

from tools.recommend.choose import recommend
from tools.recommend.mentions import find_mentions

__all__ = ["find_mentions", "recommend"]
