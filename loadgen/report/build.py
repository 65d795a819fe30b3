"""From what a run has left in its directory to what its page shows."""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from loadgen.profiles.thresholds import metric_of
from loadgen.recovery.kept import RecoveryKept, SpikeKept
from loadgen.recovery.series import Second, Series, second, series
from loadgen.report.data import Endpoint, Mark, Report, Resources, Target
from loadgen.report.data import Series as Drawn
from loadgen.report.database import DatabaseKept
from loadgen.report.growing import memory
from loadgen.results.reading import Run
from loadgen.results.targets import Target as Aim
from loadgen.results.targets import shown as shown_as
from loadgen.results.totals import OK, SHED, is_error
from loadgen.results.window import Cell, Tally
from loadgen.watch import Seen

_PERCENTILES = (50, 95, 99)


def report(
    run: Run, seen: Sequence[Seen], recovery: RecoveryKept | None, database: DatabaseKept | None = None
) -> Report:
    """`run` with its windows."""
    windows, meta, verdict = run.windows, run.meta, run.verdict
    seconds: list[Second] = [second(meta.profile.mode, window) for window in windows]
    known = series(seconds, seen, recovery.began_ms if recovery else 0)
    # What it says of targets stands in their table.
    why = verdict.sentence.partition(" Targets: ")[0]
    reasons = [] if verdict.valid and not verdict.exit_code else [why]
    began_ms = recovery.began_ms if recovery else 0
    shown = _processes(seen, began_ms, len(windows))
    return Report(
        run=meta.run,
        profile=meta.profile.name,
        verdict="passed" if verdict.passed else "failed",
        valid=verdict.valid,
        reasons=reasons,
        facts=_facts(run),
        seconds=len(windows),
        charts=_charts(run, known, shown),
        marks=_marks(run, recovery),
        targets=[_target(one) for one in verdict.targets],
        thresholds=_thresholds(run),
        endpoints=_endpoints(run),
        recovery=_recovery(recovery if recovery and _has_spike(run, recovery) else None),
        resources=_resources(run, shown),
        memory=memory(seen, began_ms, len(windows)),
        database=database,
    )


def _facts(run: Run) -> list[tuple[str, str]]:
    meta = run.meta
    return [
        ("started", meta.began_at[:19].replace("T", " ") + " UTC"),
        ("took", f"{run.totals.seconds:,.0f} s"),
        ("target", meta.target),
        ("machine", f"{meta.machine.cpus} × {meta.machine.cpu_model}, {meta.machine.memory_mb:,} MB"),
        ("commit", meta.git.commit[:12] + (" +" if meta.git.dirty else "")),
        ("seed", str(meta.seed)),
    ]


def _charts(run: Run, known: Series, shown: "_Processes") -> dict[str, dict[str, Drawn]]:
    windows = run.windows
    whole = [_whole(window.cells.values()) for window in windows]
    percentiles = [tally.intended.percentiles_ms(*_PERCENTILES) if tally.count else None for tally in whole]
    charts: dict[str, dict[str, Drawn]] = {
        "load": {"offered": _drawn(known.offered), "served": _drawn(known.served)},
        "users": {"vus": [float(window.vus) for window in windows]},
        "latency": {
            f"p{of}": [one[nth] if one else None for one in percentiles]
            for nth, of in enumerate(_PERCENTILES)
        },
        "failures": {
            "errors": [float(_ended(window.cells, is_error)) for window in windows],
            "shed": [float(_ended(window.cells, SHED.__eq__)) for window in windows],
        },
    }
    if known.stages:
        charts["lag"] = {name: _drawn(values) for name, values in known.stages.items()}
    if "sentinel_ms" in known.signals:
        charts["sentinel"] = {"whole_path": _drawn(known.signals["sentinel_ms"])}
    if shown:
        charts["cpu"] = {name: cores for name, (cores, _) in shown.items()}
        charts["memory"] = {
            name: [None if value is None else value / (1 << 20) for value in pss]
            for name, (_, pss) in shown.items()
        }
    return charts


_Processes = dict[str, tuple[Drawn, Drawn]]


def _processes(seen: Sequence[Seen], began_ms: int, count: int) -> _Processes:
    """Cores and bytes by process name: all of one name together."""
    samples: dict[str, dict[int, dict[int, tuple[float, int]]]] = defaultdict(lambda: defaultdict(dict))
    for one in seen:
        at = (one.at_ms - began_ms) // 1000
        for process in one.processes:
            if 0 <= at < count:
                samples[process.name][at][process.pid] = process.cpu_s, process.pss
    return {name: _filled(by_second, count) for name, by_second in sorted(samples.items())}


def _filled(by_second: dict[int, dict[int, tuple[float, int]]], count: int) -> tuple[Drawn, Drawn]:
    """Between two samples the later one's values stand."""
    cores: Drawn = [None] * count
    pss: Drawn = [None] * count
    before: int | None = None
    for at in sorted(by_second):
        now = by_second[at]
        begin = at if before is None else before + 1
        used = None
        if before is not None:
            was = by_second[before]
            spent = sum(cpu - was[pid][0] for pid, (cpu, _) in now.items() if pid in was)
            used = spent / (at - before)
        for nth in range(begin, at + 1):
            cores[nth], pss[nth] = used, float(sum(held for _, held in now.values()))
        before = at
    return cores, pss


def _marks(run: Run, recovery: RecoveryKept | None) -> list[Mark]:
    marks, began = [], 0
    for nth, (name, lasted) in enumerate(zip(run.meta.stages, _lengths(run), strict=False)):
        if lasted:
            marks.append(Mark("stage", name or str(nth), began, began + lasted))
            began += lasted
    for spike in recovery.spikes if recovery else ():
        if spike.t0 is None or spike.t1 is None:
            continue
        marks.append(Mark("spike", "spike", spike.t0, spike.t1))
        if spike.recovery_s:
            marks.append(Mark("recovery", "recovery", spike.t1, spike.t1 + spike.recovery_s))
    return marks


def _lengths(run: Run) -> list[int]:
    return [run.totals.of_stage[nth] for nth in range(len(run.meta.stages))]


def _target(one: Aim) -> Target:
    return Target(
        one.name, shown_as(one.figure, one.unit), one.wanted, one.met, one.margin, one.endpoint, one.why
    )


def _thresholds(run: Run) -> list[Target]:
    return [
        Target(
            one.metric,
            "no_samples" if one.figure is None else shown_as(one.figure, ""),
            str(one.expression),
            one.ok,
            margin(one.figure, one.expression.limit, one.expression.operator),
        )
        for one in run.judged
    ]


def margin(figure: float | None, limit: float, operator: str) -> float | None:
    """The share of the limit that is left, negative where it is passed; None where there is no such share."""
    if figure is None or not limit or operator not in ("<", "<=", ">", ">="):
        return None
    left = (limit - figure) / abs(limit)
    return left if operator.startswith("<") else -left


def _met(run: Run, endpoint: str) -> bool | None:
    """Whether all targets and thresholds of an endpoint are met; None where there are none."""
    told = [one.ok for one in run.judged if metric_of(one.metric).tags.get("name") == endpoint]
    told += [one.met for one in run.verdict.targets if one.endpoint == endpoint and one.met is not None]
    return all(told) if told else None


def _endpoints(run: Run) -> list[Endpoint]:
    totals, rows = run.totals, []
    for name in totals.endpoints:
        goals = {one.name: _target(one) for one in run.verdict.targets if one.endpoint == name}
        cells = {cell: tally for cell, tally in totals.cells.items() if cell.endpoint == name}
        whole = _whole(tally for cell, tally in cells.items() if cell.kind != SHED)
        every = sum(tally.count for tally in cells.values())
        p50, p95, p99, most = whole.intended.percentiles_ms(50, 95, 99, 100)
        ok = sum(tally.count for cell, tally in cells.items() if cell.kind == OK)
        errors = sum(tally.count for cell, tally in cells.items() if is_error(cell.kind))
        shed = sum(tally.count for cell, tally in cells.items() if cell.kind == SHED)
        rate, mean = ok / max(totals.seconds, 1e-9), whole.intended.mean_ms
        took = (mean, p50, p95, p99, most)
        rows.append(Endpoint(name, every, ok, errors, shed, rate, *took, _met(run, name), goals))
    return rows


def _has_spike(run: Run, recovery: RecoveryKept) -> bool:
    """Whether one was found, or the load is ever higher than on an earlier plateau: else there is nothing to
    recover from."""
    targets = [stage.target for stage in run.meta.profile.stages]
    found = any(spike.t0 is not None for spike in recovery.spikes)
    return found or any(after > before for before, after in itertools.pairwise(targets))


def _recovery(recovery: RecoveryKept | None) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for spike in recovery.spikes if recovery else ():
        rows += _spike(spike)
    return rows


def _spike(spike: SpikeKept) -> list[tuple[str, str]]:
    lag = next((one for one in spike.signals if one.name == "lag_s"), None)
    told = "–" if spike.recovery_s is None else f"{spike.recovery_s:.0f} s"
    rows = [("outcome", spike.outcome), ("recovery_s", told)]
    if spike.predicted_s is not None:
        rows.append(("predicted_s", f"{spike.predicted_s:.1f} s"))
    if lag and lag.peak is not None:
        rows.append(("peak_lag_s", f"{lag.peak:.1f} s"))
    for one in spike.signals:
        if one.degraded_at is not None:
            back = "–" if one.recovery_s is None else f"{one.recovery_s:.0f} s"
            rows.append((one.name, f"{back} ({one.degraded_s:.0f} s)"))
    return rows + ([("", spike.reason)] if spike.reason else [])


def _resources(run: Run, shown: _Processes) -> Resources | None:
    """Stages that took no second are left out."""
    parts, began = [], 0
    for nth, (name, lasted) in enumerate(zip(run.meta.stages, _lengths(run), strict=False), 1):
        if lasted:
            parts.append((name or str(nth), slice(began, began + lasted)))
            began += lasted
    rows = [(process, [_held(*both, part) for _, part in parts]) for process, both in shown.items()]
    return Resources([name for name, _ in parts], rows) if rows else None


def _held(cores: Drawn, pss: Drawn, part: slice) -> tuple[float, float] | None:
    used = [value for value in cores[part] if value is not None]
    held = [value for value in pss[part] if value is not None]
    return (sum(used) / len(used), max(held)) if used and held else None


def _whole(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.merge(tally)
    return whole


def _ended(cells: Mapping[Cell, Tally], wanted: Callable[[str], bool]) -> int:
    return sum(tally.count for cell, tally in cells.items() if wanted(cell.kind))


def _drawn(values: Sequence[float]) -> Drawn:
    return [None if math.isnan(value) else value for value in values]
