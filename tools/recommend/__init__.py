"""Dataset recommendation."""
