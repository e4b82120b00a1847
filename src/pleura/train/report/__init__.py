"""What a training run shows of itself: one offline page of curves, films and facts."""

from pleura.train.report.run import REPORT, Subject, write_report
from pleura.train.report.samples import Watch, keep_sheet
from pleura.train.report.system import Member, write_system_report
from pleura.train.report.tile import Planes

__all__ = ["REPORT", "Member", "Planes", "Subject", "Watch", "keep_sheet", "write_report", "write_system_report"]
