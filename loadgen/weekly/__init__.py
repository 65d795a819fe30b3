"""A week as one page: targets, trends, change points of load tests, incidents, and when capacity ends."""

from loadgen.weekly.page import render
from loadgen.weekly.stored import read
from loadgen.weekly.week import Quarter, Week, week

__all__ = ["Quarter", "Week", "read", "render", "week"]
