"""The front door: the command, `import arxla`, the web page."""
