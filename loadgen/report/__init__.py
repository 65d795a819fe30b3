"""A run as one page: a file that opens offline, in Korean and English."""

from loadgen.report.data import Endpoint, Growing, Mark, Memory, Report, Resources, Target
from loadgen.report.page import NoCharts, render

__all__ = ["Endpoint", "Growing", "Mark", "Memory", "NoCharts", "Report", "Resources", "Target", "render"]
