"""`aicc-loadgen`: load on any HTTP service, and on this platform's whole contacts, with figures that can be
trusted."""

from loadgen.command.group import main

__all__ = ["main"]
