"""Whether processes grow: their memory over hours of steady load, as a slope with its interval."""

from loadgen.soak.memory import Memory, Sample, processes_below, sample
from loadgen.soak.trend import Trend, trend

__all__ = ["Memory", "Sample", "Trend", "processes_below", "sample", "trend"]
