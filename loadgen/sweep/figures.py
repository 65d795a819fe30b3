"""The metrics of one run, from what was kept of it."""

import json
from pathlib import Path

from loadgen.profiles.thresholds import metric_of
from loadgen.recovery import kept as recovery
from loadgen.results.metrics import values
from loadgen.results.reading import Run
from loadgen.sweep.metrics import percentile
from loadgen.sweep.plan import Metric, Source
from loadgen.sweep.prometheus import Seen, between

Figures = dict[str, float | None]


def of_run(run: Run, metrics: tuple[Metric, ...], before: Seen | None, after: Seen | None) -> Figures:
    """By name; None for what the run has no figure of."""
    return {metric.name: _scaled(metric, _figure(run, metric, before, after)) for metric in metrics}


def of_search(told: str, metrics: tuple[Metric, ...]) -> tuple[Figures, bool, str]:
    """Of the last line that `aicc-loadgen capacity` says: the figures, whether they count, and why not."""
    try:
        said = json.loads(told.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return dict.fromkeys([one.name for one in metrics]), False, "the search says nothing"
    found = {one.name: _scaled(one, said.get(one.figure)) for one in metrics}
    return found, bool(said.get("valid")), "" if said.get("valid") else "no rate was confirmed"


def _figure(run: Run, metric: Metric, before: Seen | None, after: Seen | None) -> float | None:
    if metric.source is Source.RECOVERY:
        return recovery_s(run.directory)
    if metric.source is Source.PROMETHEUS:
        return between(before, after, metric.of, metric.figure) if before and after else None
    share = percentile(metric.figure)
    percentiles = (share,) if share is not None else ()
    found = values(run.totals, metric_of(metric.of), run.meta.stages, percentiles)
    return found.get(metric.figure if share is None else f"p({share:g})")


def recovery_s(directory: Path) -> float | None:
    """The longest of the run's spikes; None where one did not recover, or none was measured."""
    kept = recovery.read(directory)
    if kept is None or not kept.spikes:
        return None
    times = [spike.recovery_s for spike in kept.spikes]
    return None if None in times else max(one for one in times if one is not None)


def _scaled(metric: Metric, value: float | None) -> float | None:
    return None if value is None else value * metric.scale
