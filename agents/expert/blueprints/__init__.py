"""The networks that the expert writes, as real Python files whose text the coder copies."""
