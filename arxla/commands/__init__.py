"""One file a command of `arxla`."""
