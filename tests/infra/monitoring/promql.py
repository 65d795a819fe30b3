"""Which metrics and labels an expression of PromQL asks for."""

import re
from typing import NamedTuple

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SERIES = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?")
_GROUPED = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_WORDS = re.compile(
    "sum|max|min|avg|count|rate|increase|delta|time|topk|absent|histogram_quantile|avg_over_time|and|or|unless|"
    "bool|vector|inf|Inf|NaN"
)
VALUES = {"$__rate_interval": "1m", "$__range": "1h", "$pool": ".+", "$group": ".+", "$run": ".*"}


class Asked(NamedTuple):
    """`selected` are the labels that matchers name, by metric; `grouped` those that are grouped by."""

    selected: dict[str, set[str]]
    grouped: set[str]


def filled(expr: str) -> str:
    """With Grafana's variables replaced by what they may stand for."""
    for name, value in VALUES.items():
        expr = expr.replace(name, value)
    return expr


def asked(expr: str) -> Asked:
    """Of an expression whose variables are filled."""
    bare = re.sub(r"\[[^\]]*\]", "", _STRING.sub('""', expr))
    grouped = {label.strip() for labels in _GROUPED.findall(bare) for label in labels.split(",")}
    selected: dict[str, set[str]] = {}
    for name, matchers in _SERIES.findall(re.sub(_GROUPED, "", bare)):
        if not _WORDS.fullmatch(name):
            selected.setdefault(name, set()).update(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers))
    return Asked(selected, grouped)
