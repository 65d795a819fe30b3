"""Simulated agents over WebSocket: they answer, complete, come back after a break, and check as they go."""

from loadgen.agents.book import Book, Breach, Ledger
from loadgen.agents.desk import Desk
from loadgen.agents.manner import Manner, polite, quick
from loadgen.agents.pools import Seat, seats
from loadgen.agents.team import Team

__all__ = ["Book", "Breach", "Desk", "Ledger", "Manner", "Seat", "Team", "polite", "quick", "seats"]
