"""The report of a run, for people."""

from tools.report.page import write_report

__all__ = ["write_report"]
