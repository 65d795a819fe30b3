"""What a dashboard shows, as values: pages of charts, each with its queries. Nothing of Grafana is in it."""

from enum import StrEnum
from typing import NamedTuple

RATE = "$__rate_interval"
RANGE = "$__range"


class Kind(StrEnum):
    """How a chart is drawn."""

    LINES = "timeseries"
    FIGURE = "stat"
    TABLE = "table"


class Unit(StrEnum):
    """Grafana's names of units."""

    SECONDS = "s"
    RATIO = "percentunit"
    PER_SECOND = "cps"
    NUMBER = "short"
    BYTES = "bytes"
    BYTES_PER_SECOND = "Bps"


class Query(NamedTuple):
    """PromQL, and what its series are called."""

    expr: str
    legend: str = ""


class Chart(NamedTuple):
    """`limit` is the target, drawn as a line; figures change their colour there. `good_above`: a floor."""

    title: str
    unit: Unit
    queries: tuple[Query, ...]
    limit: float | None = None
    good_above: bool = False
    kind: Kind = Kind.LINES
    says: str = ""


class Choice(NamedTuple):
    """A variable: the values of `label` that `metric` has."""

    name: str
    metric: str
    label: str


class Board(NamedTuple):
    """A dashboard. `uid` stands in its address and is its file's name."""

    uid: str
    title: str
    says: str
    charts: tuple[Chart, ...]
    choices: tuple[Choice, ...] = ()

    def queries(self) -> list[str]:
        """Every expression in it."""
        return [query.expr for chart in self.charts for query in chart.queries]


def quantile(q: float, metric: str, by: str = "", selector: str = "") -> str:
    """Of a histogram, by `by`."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q:g}, sum by ({labels}) (rate({metric}_bucket{selector}[{RATE}])))"


def rate(metric: str, by: str = "", selector: str = "", window: str = RATE) -> str:
    """Of a counter, by `by`, a second."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{selector}[{window}]))"


def mean(metric: str, by: str = "", window: str = RATE, selector: str = "") -> str:
    """Of a histogram's or summary's observations."""
    total, count = (rate(f"{metric}_{part}", by, selector, window) for part in ("sum", "count"))
    return f"{total} / {count}"
