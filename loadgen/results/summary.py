"""summary.json: what k6 hands to handleSummary, in its shape and with its names. Pure."""

from collections.abc import Iterable
from typing import TypedDict

from loadgen.profiles.thresholds import Judged, Metric, metric_of
from loadgen.results.metrics import COUNTERS, OWN_TRENDS, RATES, TRENDS, UNTAGGED, Values, values
from loadgen.results.totals import Totals

_TIMES = (*TRENDS, *OWN_TRENDS)
_BYTES = ("data_sent", "data_received")
_GAUGES = ("vus", "vus_max")
_BY_ENDPOINT = ("http_reqs", "tps", *TRENDS, "http_req_failed", "errors", "shed")
_STATS = ("avg", "min", "med", "max", "p(90)", "p(95)", "p(99)")


class Summary(TypedDict):
    """k6's, without `setup_data`. `partial` says why the run is not whole, "" where it is."""

    metrics: dict[str, dict[str, object]]
    root_group: dict[str, object]
    options: dict[str, object]
    state: dict[str, object]
    partial: str


def summary(
    totals: Totals,
    thresholds: Iterable[Judged] = (),
    stages: tuple[str, ...] = (),
    partial: str = "",
) -> Summary:
    """The whole of it."""
    judged = list(thresholds)
    names = [str(one) for one in _listed(totals)]
    names += [one.metric for one in judged if one.metric not in names]
    metrics = {name: _metric(totals, name, judged, stages) for name in names}
    return {
        "metrics": {name: one for name, one in metrics.items() if one["values"] or "thresholds" in one},
        "root_group": {"name": "", "path": "", "id": "", "groups": [], "checks": _checks(totals)},
        "options": {"summaryTrendStats": list(_STATS), "summaryTimeUnit": "ms", "noColor": False},
        "state": {
            "isStdOutTTY": False,
            "isStdErrTTY": False,
            "testRunDurationMs": round(1000 * totals.seconds, 3),
        },
        "partial": partial,
    }


def _listed(totals: Totals) -> list[Metric]:
    whole = [Metric(name) for name in (*TRENDS, *COUNTERS, *RATES, *UNTAGGED)]
    expected = [Metric(name, {"expected_response": "true"}) for name in TRENDS]
    own = [Metric(name.replace(".", "_")) for name in totals.counts]
    by_endpoint = [Metric(name, {"name": endpoint}) for endpoint in totals.endpoints for name in _BY_ENDPOINT]
    return [*whole, *expected, *own, *by_endpoint]


def _metric(totals: Totals, name: str, judged: list[Judged], stages: tuple[str, ...]) -> dict[str, object]:
    metric = metric_of(name)
    found: Values = values(totals, metric, stages)
    made: dict[str, object] = {
        "type": _type(metric.name),
        "contains": _contains(metric.name),
        "values": found,
    }
    if about := [one for one in judged if one.metric == name]:
        made["thresholds"] = {str(one.expression): {"ok": one.ok} for one in about}
    return made


def _type(name: str) -> str:
    if name in _TIMES:
        return "trend"
    if name in RATES:
        return "rate"
    return "gauge" if name in _GAUGES else "counter"


def _contains(name: str) -> str:
    if name in _TIMES:
        return "time"
    return "data" if name in _BYTES else "default"


def _checks(totals: Totals) -> list[dict[str, object]]:
    """A check an endpoint: the answer was right."""
    return [_check(totals, endpoint) for endpoint in totals.endpoints]


def _check(totals: Totals, endpoint: str) -> dict[str, object]:
    found = values(totals, Metric("checks", {"name": endpoint}))
    passes, fails = int(found.get("passes", 0)), int(found.get("fails", 0))
    return {"name": endpoint, "path": f"::{endpoint}", "id": endpoint, "passes": passes, "fails": fails}
