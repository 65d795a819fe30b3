"""Whether one set of runs differs from another: decided by runs, never by the samples within them."""

from loadgen.comparison.differ import LEAST_BASELINES, LEAST_RUNS, Change, Verdict, interleaved, predicted
from loadgen.comparison.family import Way, compare, missing, overall, way
from loadgen.comparison.intervals import bootstrap_median

__all__ = [
    "LEAST_BASELINES",
    "LEAST_RUNS",
    "Change",
    "Verdict",
    "Way",
    "bootstrap_median",
    "compare",
    "interleaved",
    "missing",
    "overall",
    "predicted",
    "way",
]
