"""What a sweep judges by, by a short name or in full. Pure."""

import re
from dataclasses import replace

from loadgen.profiles.sections import ProfileError, Section, unknown
from loadgen.results.metrics import UnknownMetric, require_known
from loadgen.sweep.plan import Measure, Metric, Source

_KEYS = ("name", "metric", "prometheus", "figure", "better", "unit", "scale", "zero_floor", "judged")
_PERCENTILE = re.compile(r"p\((\d+(\.\d+)?)\)")
_FIGURES = ("avg", "min", "med", "max", "rate", "count", "value")
_PROMETHEUS = ("mean", "rate")

SHORT = {
    "p95": Metric("p95", Source.RUN, "response_time", "p(95)", unit="ms"),
    "p99": Metric("p99", Source.RUN, "response_time", "p(99)", unit="ms"),
    "ok/s": Metric("ok/s", Source.RUN, "tps", "rate", higher_is_better=True, unit="/s"),
    "errors": Metric("errors", Source.RUN, "errors", "rate"),
    "shed": Metric("shed", Source.RUN, "shed", "rate"),
    "recovery_s": Metric("recovery_s", Source.RECOVERY, "", "", unit="s"),
}
SEARCHED = {
    "tps": Metric("tps", Source.RUN, "", "tps", higher_is_better=True, unit="/s"),
    "rate": Metric("rate", Source.RUN, "", "rate", higher_is_better=True, unit="/s"),
    "p95_ms": Metric("p95_ms", Source.RUN, "", "p95_ms", unit="ms", judged=False),
}
"""Of a search for the capacity."""


def metric_in(value: object, path: str, stage: str, measure: Measure) -> Metric:
    """One entry of `metrics`. Raises ProfileError."""
    known = SEARCHED if measure is Measure.CAPACITY else SHORT
    if isinstance(value, str):
        if value not in known:
            raise ProfileError(
                f"{path}: {unknown('metric', value, known)}, or a mapping with metric and figure"
            )
        return _in_stage(known[value], stage)
    section = Section(value, path, _KEYS)
    if section.has("metric") == section.has("prometheus"):
        raise ProfileError(f"{path}: must have either metric or prometheus")
    prometheus = section.has("prometheus")
    of = section.text("prometheus" if prometheus else "metric")
    figure = section.text("figure")
    _check(of, figure, section, prometheus)
    return Metric(
        name=section.text("name", of),
        source=Source.PROMETHEUS if prometheus else Source.RUN,
        of=of,
        figure=figure,
        higher_is_better=section.read("better", _better, False),
        unit=section.text("unit"),
        scale=section.number("scale", 1.0, above=0),
        zero_floor=section.number("zero_floor", 0.001),
        judged=section.flag("judged") if section.has("judged") else True,
    )


def percentile(figure: str) -> float | None:
    """95 of `p(95)`; None for another figure."""
    found = _PERCENTILE.fullmatch(figure)
    return float(found[1]) if found else None


def _in_stage(metric: Metric, stage: str) -> Metric:
    if not stage or not metric.of:
        return metric
    return replace(metric, of=f"{metric.of}{{stage:{stage}}}")


def _check(of: str, figure: str, section: Section, prometheus: bool) -> None:
    allowed = _PROMETHEUS if prometheus else _FIGURES
    share = percentile(figure)
    if figure not in allowed and (share is None or share > 100):
        raise ProfileError(f"{section.at('figure')}: {unknown('figure', figure, (*allowed, 'p(95)'))}")
    if not prometheus:
        try:
            require_known([of])
        except UnknownMetric as error:
            raise ProfileError(f"{section.at('metric')}: {error}") from error


def _better(value: object, path: str) -> bool:
    if value not in ("lower", "higher"):
        raise ProfileError(f"{path}: {unknown('direction', str(value), ('lower', 'higher'))}")
    return value == "higher"
