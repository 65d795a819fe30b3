"""Recovery from a spike as a number: bands around a baseline, and when each signal is back for good."""

from loadgen.recovery.band import FLOORS, Band, Baseline, Rules, baseline
from loadgen.recovery.episode import Episode, episodes
from loadgen.recovery.measure import Analysis, Outcome, Recovery, analyse

__all__ = [
    "FLOORS",
    "Analysis",
    "Band",
    "Baseline",
    "Episode",
    "Outcome",
    "Recovery",
    "Rules",
    "analyse",
    "baseline",
    "episodes",
]
