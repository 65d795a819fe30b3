"""Whether processes grow: their memory over hours of steady load, as a slope with its interval."""

from loadgen.soak.memory import Memory, Sample, sample
from loadgen.soak.trend import Trend, trend

__all__ = ["Memory", "Sample", "Trend", "sample", "trend"]
