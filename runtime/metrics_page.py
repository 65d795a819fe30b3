"""docs/metrics.md, made from runtime/metrics.py: names, kinds and labels as Prometheus gets them."""

import inspect
import re

from prometheus_client import Counter, Gauge, Histogram

from runtime import metrics

Metric = Counter | Gauge | Histogram
_HEAD = """# Metrics

Made by `aicc-schemas` from `runtime/metrics.py`, where each stands once. Every process serves its own at
`/metrics`: the gateway on its port, others on `AICC_METRICS_PORT` ([operations.md](operations.md) says which
are worth watching, and why). No label holds a customer or a session. Those of several processes of a kind add
up: counters and histograms are each one's own, and what there is but one of (lag, queues, agents) one process
says alone. In brackets after a title: who has them.
"""
_TITLE = re.compile(r"# (\S.*)")
_DEFINED = re.compile(r"([A-Z_]+) = (?:Counter|Gauge|Histogram)\(")


def page() -> str:
    """The page, in the order of the module."""
    lines = [_HEAD]
    for line in inspect.getsource(metrics).splitlines():
        if title := _TITLE.fullmatch(line):
            lines.append(f"\n## {title[1]}\n\n| name | kind | labels | |\n|---|---|---|---|")
        elif defined := _DEFINED.match(line):
            lines.append(_row(getattr(metrics, defined[1])))
    return "\n".join(lines) + "\n"


def all_metrics() -> list[Metric]:
    """Every metric of the module."""
    return [one for one in vars(metrics).values() if isinstance(one, Counter | Gauge | Histogram)]


def name_of(metric: Metric) -> str:
    """As it is asked for: a counter's with `_total`."""
    (family,) = metric.describe()
    return f"{family.name}_total" if isinstance(metric, Counter) else str(family.name)


def _row(metric: Metric) -> str:
    (family,) = metric.describe()
    labels = ", ".join(metric._labelnames)
    return f"| `{name_of(metric)}` | {family.type} | {labels} | {family.documentation} |"
