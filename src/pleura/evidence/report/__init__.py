"""The report of an evaluation: how good a reader is, on whom, how sure, and where it fails."""

from pleura.evidence.report.page import REPORT, write_report
from pleura.evidence.report.reader import Reader, Rounds

__all__ = ["REPORT", "Reader", "Rounds", "write_report"]
