"""A run as one page: a file that opens offline, in Korean and English."""

from loadgen.report.data import Endpoint, Mark, Report, Resource, Target
from loadgen.report.page import NoCharts, render

__all__ = ["Endpoint", "Mark", "NoCharts", "Report", "Resource", "Target", "render"]
