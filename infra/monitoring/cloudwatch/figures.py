"""What of the metrics goes to CloudWatch, and as what. Pure."""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from infra.monitoring import objectives


class Sample(NamedTuple):
    """One line of a /metrics page; `source` is the process that it is of."""

    source: str
    name: str
    labels: Mapping[str, str]
    value: float


class Kind(StrEnum):
    """The highest or the lowest gauge, their sum, how counters grew, or all observations of a histogram."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    SUM = "sum"
    GROWTH = "growth"
    OBSERVED = "observed"


class Figure(NamedTuple):
    """`by` are the labels that become dimensions; `code` is the beginning of the codes that count."""

    name: str
    metric: str
    kind: Kind
    unit: str
    by: tuple[str, ...] = ()
    code: str = ""


RESPONSE_TIME = "ResponseTime"
_QUEUE = ("pool", "queue")
FIGURES = (
    Figure(RESPONSE_TIME, "http_request_duration_seconds", Kind.OBSERVED, "Seconds"),
    Figure("Requests", "http_requests_total", Kind.GROWTH, "Count"),
    Figure("ServerErrors", "http_requests_total", Kind.GROWTH, "Count", code="5"),
    Figure("Refused", "aicc_admission_rejected_total", Kind.GROWTH, "Count", ("class",)),
    Figure("ConsumerLag", "aicc_consumer_lag_seconds", Kind.HIGHEST, "Seconds", ("group",)),
    Figure("ConsumerLagRecords", "aicc_consumer_lag_records", Kind.SUM, "Count", ("group",)),
    Figure("ContactsInQueue", "aicc_contacts_in_queue", Kind.SUM, "Count", _QUEUE),
    Figure("OldestWait", "aicc_oldest_contact_wait_seconds", Kind.HIGHEST, "Seconds", _QUEUE),
    Figure("ServiceLevel", "aicc_service_level", Kind.LOWEST, "None", _QUEUE),
    Figure("Agents", "aicc_agents", Kind.SUM, "Count", ("pool", "state")),
    Figure("DeadLetters", "aicc_dlq_records_total", Kind.GROWTH, "Count"),
)

_Series = tuple[str, str, tuple[tuple[str, str], ...]]
_Dimensions = tuple[tuple[str, str], ...]


class Counted:
    """Remembers counters from one round to the next. Those of a process that is new to us have not grown;
    one that is lower than it was began anew with its process."""

    def __init__(self) -> None:
        self._last: dict[_Series, float] = {}
        self._sources: set[str] = set()

    def growth(self, samples: Iterable[Sample]) -> list[Sample]:
        """The same samples, each with its growth since the last round as its value. Call it once a round."""
        now = {(one.source, one.name, tuple(sorted(one.labels.items()))): one for one in samples}
        grown = [one._replace(value=self._grown(key, one.value)) for key, one in now.items()]
        self._last |= {key: one.value for key, one in now.items()}
        self._sources |= {one.source for one in now.values()}
        return grown

    def _grown(self, key: _Series, value: float) -> float:
        source, *_ = key
        if source not in self._sources:
            return 0.0
        last = self._last.get(key, 0.0)
        return value - last if value >= last else value


def data(samples: list[Sample], grown: list[Sample], at: float) -> list[dict[str, Any]]:
    """MetricData of one round: `grown` are the samples as `Counted` gives them, `at` Unix time."""
    return [one | {"Timestamp": at} for figure in FIGURES for one in _figure(figure, samples, grown)]


def _figure(figure: Figure, samples: list[Sample], grown: list[Sample]) -> list[dict[str, Any]]:
    made = {"MetricName": figure.name, "Unit": figure.unit}
    if figure.kind is Kind.OBSERVED:
        observed = _observed(figure.metric, grown)
        return [made | {"StatisticValues": observed}] if observed else []
    found: dict[_Dimensions, list[float]] = {}
    for one in grown if figure.kind is Kind.GROWTH else samples:
        if _is_of(figure, one):
            key = tuple((label, one.labels.get(label, "")) for label in figure.by)
            found.setdefault(key, []).append(one.value)
    return [
        made
        | {"Value": _together(figure.kind, values)}
        | ({"Dimensions": [{"Name": name, "Value": value} for name, value in key]} if key else {})
        for key, values in found.items()
    ]


def _is_of(figure: Figure, one: Sample) -> bool:
    """Whether it counts; what is not known, as a service level before the first contact, does not."""
    coded = one.labels.get("code", "").startswith(figure.code)
    return one.name == figure.metric and coded and math.isfinite(one.value)


def _together(kind: Kind, values: list[float]) -> float:
    match kind:
        case Kind.HIGHEST:
            return max(values)
        case Kind.LOWEST:
            return min(values)
        case _:
            return sum(values)


def _observed(metric: str, grown: list[Sample]) -> dict[str, float]:
    """How many, their exact sum, and the edges of the buckets that they lie in; empty: there was none."""
    count = sum(one.value for one in grown if one.name == f"{metric}_count")
    if not count:
        return {}
    total = sum(one.value for one in grown if one.name == f"{metric}_sum")
    below: dict[float, float] = {}
    for one in grown:
        if one.name == f"{metric}_bucket":
            edge = float(one.labels["le"])
            below[edge] = below.get(edge, 0.0) + one.value
    return {"SampleCount": count, "Sum": total, **_ends(below, count, total / count)}


def _ends(below: Mapping[float, float], count: float, mean: float) -> dict[str, float]:
    """CloudWatch wants both; a histogram knows them to a bucket, and the mean lies between them."""
    edges = sorted(edge for edge in below if math.isfinite(edge))
    lowest = max((edge for edge in edges if below[edge] == 0), default=0.0)
    highest = min((edge for edge in edges if below[edge] == count), default=max([*edges, mean]))
    return {"Minimum": min(lowest, mean), "Maximum": max(highest, mean)}


def alarm(namespace: str, actions: tuple[str, ...] = ()) -> dict[str, Any]:
    """The reference's own: the mean response time is above 2 s in two periods of five minutes."""
    return {
        "AlarmName": f"{namespace}-mean-response-time",
        "AlarmDescription": "Calls took more than 2 s on average, for two periods of five minutes.",
        "Namespace": namespace,
        "MetricName": RESPONSE_TIME,
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": objectives.MEAN_RESPONSE_S,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": list(actions),
        "OKActions": list(actions),
    }
