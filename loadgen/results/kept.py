"""Each threshold with its figure so far. Pure."""

from collections.abc import Mapping

from loadgen.profiles.thresholds import Judged, judge
from loadgen.results.metrics import figures
from loadgen.results.totals import Totals

Thresholds = Mapping[str, tuple[str, ...]]


def judged(totals: Totals, thresholds: Thresholds, stages: tuple[str, ...]) -> list[Judged]:
    """Every expression, in the profile's order. Raises ProfileError for a figure that the metric has not."""
    return judge(thresholds, figures(totals, thresholds, stages))


def ends_the_run(found: list[Judged], second: float) -> Judged | None:
    """The first broken threshold with abortOnFail whose delay is over."""
    broken = (one for one in found if not one.ok and one.expression.abort)
    return next((one for one in broken if second >= one.expression.delay_s), None)
