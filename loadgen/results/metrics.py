"""Figures by k6's metric names and tags. Pure.

Ours beside k6's: response_time (from the intended send), tps (answers that were right), errors, shed and
conflicts as rates, lateness and loop_lag of the generator, and each of Window.counts with _ for a dot.
"""

from collections.abc import Callable, Iterable, Mapping

from loadgen.engine import Latencies
from loadgen.profiles.thresholds import Metric, expression_of, metric_of
from loadgen.results.totals import CONFLICT, OK, SHED, Totals, is_error, is_expected
from loadgen.results.window import Cell, Tally

Values = dict[str, float]
Which = Callable[[Cell], bool]

PERCENTILES = (90.0, 95.0, 99.0)
TRENDS = ("http_req_duration", "response_time")
OWN_TRENDS = ("lateness", "loop_lag")
COUNTERS = ("http_reqs", "tps", "data_sent", "data_received")
RATES = ("http_req_failed", "checks", "errors", "shed", "conflicts")
UNTAGGED = ("iterations", "dropped_iterations", "vus", "vus_max", *OWN_TRENDS)
TAGS = ("name", "stage", "kind", "expected_response")
_COUNTED = ("contacts_", "agents_", "sockets_", "steps_", "requests_", "retries")

_HITS: Mapping[str, Callable[[str], bool]] = {
    "http_req_failed": lambda kind: not is_expected(kind),
    "checks": lambda kind: kind == OK,
    "errors": is_error,
    "shed": lambda kind: kind == SHED,
    "conflicts": lambda kind: kind == CONFLICT,
}


class UnknownMetric(ValueError):
    """A threshold on something that no run measures."""


def require_known(thresholds: Iterable[str]) -> None:
    """Raises UnknownMetric for a metric or tag that would never have a sample."""
    for text in thresholds:
        metric = metric_of(text)
        known = (*TRENDS, *COUNTERS, *RATES, *UNTAGGED)
        if metric.name not in known and not metric.name.startswith(_COUNTED):
            raise UnknownMetric(f"{text}: there is no metric {metric.name}; there are {', '.join(known)}")
        if metric.tags and metric.name not in (*TRENDS, *COUNTERS, *RATES):
            raise UnknownMetric(f"{text}: {metric.name} has no tags")
        if other := sorted(set(metric.tags) - set(TAGS)):
            raise UnknownMetric(f"{text}: there is no tag {other[0]}; there are {', '.join(TAGS)}")


def values(
    totals: Totals,
    metric: Metric,
    stages: tuple[str, ...] = (),
    percentiles: Iterable[float] = PERCENTILES,
) -> Values:
    """A metric's figures as k6 names them; milliseconds, bytes, and rates a second. {} without a sample."""
    name, which = metric.name, _chosen(metric.tags, stages)
    seconds = _seconds(totals, metric.tags.get("stage"), stages)
    if name in TRENDS:
        tally = totals.tally(which)
        return trend(tally.sent if name == "http_req_duration" else tally.intended, percentiles)
    if name in OWN_TRENDS:
        return trend(totals.lateness if name == "lateness" else totals.loop_lag, percentiles)
    if name in RATES:
        hit = _HITS[name]
        return _rate(totals.count(lambda cell: which(cell) and hit(cell.kind)), totals.count(which))
    if name in COUNTERS:
        return _counter(_counted(name, totals, which), seconds)
    return _whole(name, totals, seconds)


def figures(
    totals: Totals, thresholds: Mapping[str, tuple[str, ...]], stages: tuple[str, ...] = ()
) -> dict[str, Values]:
    """What the thresholds ask for, as `judge` takes it."""
    found = {}
    for text, expressions in thresholds.items():
        asked = [what[2:-1] for what in (expression_of(one).what for one in expressions) if what[0] == "p"]
        percentiles = dict.fromkeys((*PERCENTILES, *map(float, asked)))
        found[text] = values(totals, metric_of(text), stages, percentiles)
    return found


def trend(latencies: Latencies, percentiles: Iterable[float] = PERCENTILES) -> Values:
    """Of latencies; {} for none."""
    if not latencies.count:
        return {}
    wanted = list(percentiles)
    least, median, most, *others = latencies.percentiles_ms(0.0, 50.0, 100.0, *wanted)
    named = {f"p({percentile:g})": value for percentile, value in zip(wanted, others, strict=True)}
    return {"avg": round(latencies.mean_ms, 3), "min": least, "med": median, "max": most, **named}


def _chosen(tags: Mapping[str, str], stages: tuple[str, ...]) -> Which:
    def chosen(cell: Cell) -> bool:
        return (
            tags.get("name", cell.endpoint) == cell.endpoint
            and tags.get("kind", cell.kind) == cell.kind
            and ("stage" not in tags or cell.stage in _stages_called(tags["stage"], stages))
            and tags.get("expected_response", str(is_expected(cell.kind)).lower())
            == str(is_expected(cell.kind)).lower()
        )

    return chosen


def _stages_called(name: str, stages: tuple[str, ...]) -> list[int]:
    """By name, or by their number from 1."""
    called = [number for number, one in enumerate(stages) if one == name]
    return called or ([int(name) - 1] if name.isdigit() else [])


def _seconds(totals: Totals, stage: str | None, stages: tuple[str, ...]) -> float:
    if stage is None:
        return totals.seconds
    return sum(totals.of_stage[number] for number in _stages_called(stage, stages))


def _counted(name: str, totals: Totals, which: Which) -> int:
    if name == "http_reqs":
        return totals.count(which)
    if name == "tps":
        return totals.count(lambda cell: which(cell) and cell.kind == OK)
    tally: Tally = totals.tally(which)
    return tally.bytes_out if name == "data_sent" else tally.bytes_in


def _whole(name: str, totals: Totals, seconds: float) -> Values:
    if not totals.seconds:
        return {}
    match name:
        case "iterations":
            return _counter(totals.iterations, seconds)
        case "dropped_iterations":
            return _counter(totals.dropped, seconds)
        case "vus":
            return {"value": totals.vus, "min": totals.vus_min or 0, "max": totals.vus_max}
        case "vus_max":
            return {"value": totals.vus_max, "min": totals.vus_max, "max": totals.vus_max}
    counted = {key.replace(".", "_"): count for key, count in totals.counts.items()}
    return _counter(counted[name], seconds) if name in counted else {}


def _counter(count: float, seconds: float) -> Values:
    return {"count": count, "rate": round(count / seconds, 6) if seconds else 0.0}


def _rate(hits: int, of: int) -> Values:
    return {"rate": round(hits / of, 9), "passes": hits, "fails": of - hits} if of else {}
