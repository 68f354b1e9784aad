"""Wording only: one Markdown file per agent, partials for the target rules and the answer contract."""
