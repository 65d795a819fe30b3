"""Thresholds in k6's syntax: read, and judged by figures. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from loadgen.profiles.sections import ProfileError, Section, shown, unknown
from loadgen.profiles.units import seconds_of, written

_KEYS = ("threshold", "abortOnFail", "delayAbortEval")
_OPERATORS = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "===": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}
_EXPRESSION = re.compile(
    r"\s*(?P<what>avg|min|max|med|rate|count|value|p\(\s*(?P<p>\d+(?:\.\d+)?)\s*\))"
    r"\s*(?P<operator><=|>=|===|==|!=|<|>)\s*(?P<limit>-?\d+(?:\.\d+)?)"
    r"(?P<abort>\s+abort(?:\s+(?P<delay>\S+))?)?\s*"
)
_METRIC = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*(?:\{(?P<tags>[^{}]*)\})?\s*")
_TAKEN = "an expression is written as p(95)<500, avg<=200, med<50, max<1000, rate<0.01, count>100 or value<10"


@dataclass(frozen=True)
class Metric:
    """`http_req_duration{name:start,stage:2}`."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        inside = ",".join(f"{tag}:{value}" for tag, value in self.tags.items())
        return f"{self.name}{{{inside}}}" if inside else self.name


@dataclass(frozen=True)
class Expression:
    """`what` is avg, min, max, med, p(N), rate, count or value, as figures are named; milliseconds where a
    time is meant. With `abort` the run ends where it fails, but not in its first `delay_s`."""

    what: str
    operator: str
    limit: float
    abort: bool = False
    delay_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.what}{self.operator}{self.limit:g}"

    def holds(self, figure: float) -> bool:
        """Whether it is true of `figure`."""
        return bool(_OPERATORS[self.operator](figure, self.limit))


@dataclass(frozen=True)
class Judged:
    """What became of one expression; `figure` is None where there were no samples."""

    metric: str
    expression: Expression
    figure: float | None
    ok: bool

    @property
    def text(self) -> str:
        """One line for people."""
        found = "no samples" if self.figure is None else f"{self.figure:g}"
        return f"{self.metric} {self.expression}: {found}"


def thresholds_of(value: object, path: str = "thresholds") -> dict[str, tuple[str, ...]]:
    """k6's mapping of metrics to an expression or a list of them, texts or {threshold, abortOnFail,
    delayAbortEval}; the latter become `p(95)<500 abort 10s`. Raises ProfileError."""
    if not isinstance(value, dict):
        raise ProfileError(f"{path}: must be a mapping of metrics to expressions, not {shown(value)}")
    found: dict[str, tuple[str, ...]] = {}
    for name, given in value.items():
        at = f"{path}.{name}"
        metric_of(str(name), at)
        listed = given if isinstance(given, list) else [given]
        found[str(name)] = tuple(_text(one, f"{at}[{index}]") for index, one in enumerate(listed))
    return found


def metric_of(text: str, path: str = "thresholds") -> Metric:
    """Raises ProfileError where it is no metric with tags."""
    match = _METRIC.fullmatch(text)
    pairs = [pair.partition(":") for pair in (match["tags"] or "").split(",")] if match else []
    tags = {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
    if not match or not all(tags.values()):
        raise ProfileError(f"{path}: {text!r} is no metric like http_req_duration{{name:start}}")
    return Metric(match["name"], tags)


def expression_of(text: str, path: str = "thresholds") -> Expression:
    """Raises ProfileError."""
    match = _EXPRESSION.fullmatch(text)
    if not match:
        raise ProfileError(f"{path}: {text!r}: {_TAKEN}")
    what = match["what"] if match["p"] is None else f"p({float(match['p']):g})"
    if match["p"] is not None and float(match["p"]) > 100:
        raise ProfileError(f"{path}: {text!r}: a percentile is from 0 to 100")
    try:
        delay_s = seconds_of(match["delay"]) if match["delay"] else 0.0
    except ValueError as error:
        raise ProfileError(f"{path}: {error}") from error
    operator = "==" if match["operator"] == "===" else match["operator"]
    return Expression(what, operator, float(match["limit"]), bool(match["abort"]), delay_s)


def judge(
    thresholds: Mapping[str, tuple[str, ...]], figures: Mapping[str, Mapping[str, float]]
) -> list[Judged]:
    """Each expression with its figure. `figures` has for each metric, as the threshold writes it, what was
    measured (`p(95)`, `avg`, `rate`, …).

    Without samples (metric missing or empty) all figures count as 0, and a `rate` as kept: so k6 1.1 does it
    at the end of a run. The line says that there were none.
    Raises ProfileError for a figure that the metric does not have.
    """
    return [
        _judged(name, expression_of(text), figures.get(name) or {})
        for name, texts in thresholds.items()
        for text in texts
    ]


def _judged(name: str, expression: Expression, figures: Mapping[str, float]) -> Judged:
    if not figures:
        return Judged(name, expression, None, expression.what == "rate" or expression.holds(0.0))
    if expression.what not in figures:
        raise ProfileError(f"thresholds.{name}: {unknown('figure', expression.what, figures)}")
    figure = figures[expression.what]
    return Judged(name, expression, figure, expression.holds(figure))


def _text(given: object, path: str) -> str:
    if isinstance(given, str):
        expression_of(given, path)
        return given
    section = Section(given, path, _KEYS)
    if not section.has("threshold"):
        raise ProfileError(f"{path}: has no threshold; {_TAKEN}")
    expression = section.text("threshold")
    expression_of(expression, section.at("threshold"))
    if not section.flag("abortOnFail"):
        return expression
    delay = section.text("delayAbortEval")
    with_abort = f"{expression} abort {delay}".rstrip()
    return str_of(expression_of(with_abort, section.at("delayAbortEval")))


def str_of(expression: Expression) -> str:
    """The whole expression as text, with its abort."""
    abort = " abort" if expression.abort else ""
    return f"{expression}{abort}{' ' + written(expression.delay_s) if expression.delay_s else ''}"
