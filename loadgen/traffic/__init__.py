"""Steady traffic of many live contacts: whatever fails, it counts and goes on."""

from loadgen.traffic.contact import LiveContact
from loadgen.traffic.flow import Traffic
from loadgen.traffic.load import Load, Now, Report

__all__ = ["LiveContact", "Load", "Now", "Report", "Traffic"]
