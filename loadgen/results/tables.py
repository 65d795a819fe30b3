"""A run as tables for the terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from loadgen.profiles.thresholds import Judged
from loadgen.results.targets import Target, shown
from loadgen.results.totals import CONFLICT, OK, SHED, Totals, is_error
from loadgen.results.verdict import Gate, Verdict


def whole_table(totals: Totals) -> Table:
    """The run as one."""
    every, seconds = totals.count(), max(totals.seconds, 1e-9)
    ok = totals.count(lambda cell: cell.kind == OK)
    table = Table(title="Run", show_header=False)
    errors = totals.count(lambda cell: is_error(cell.kind))
    shed = totals.count(lambda cell: cell.kind == SHED)
    rows = [
        ("seconds", f"{totals.seconds:,.1f}"),
        ("requests", f"{every:,} ({every / seconds:,.1f}/s)"),
        ("right answers (tps)", f"{ok:,} ({ok / seconds:,.1f}/s)"),
        ("errors", _share(errors, every)),
        ("shed (429, 503)", _share(shed, every)),
        ("iterations", f"{totals.iterations:,} ({totals.iterations / seconds:,.1f}/s)"),
        (
            "begun of intended",
            f"{totals.begun:,} of {totals.intended:,}" if totals.intended else "closed loop",
        ),
        ("dropped", f"{totals.dropped:,}"),
        ("users, at most", f"{totals.vus_max:,}"),
        ("begun late, p50 and p99", _pair(totals.lateness.percentiles_ms(50, 99))),
        ("generator", f"{totals.cpu_s / seconds:.2f} cores, {totals.processes} processes"),
    ]
    for name, figure in [*rows, *((name, f"{count:,}") for name, count in sorted(totals.counts.items()))]:
        table.add_row(name, figure)
    return table


def endpoint_table(totals: Totals) -> Table:
    """What became of each endpoint's requests."""
    table = Table(title="Endpoints")
    table.add_column("endpoint")
    for name in ("count", "ok", "errors", "shed", "conflict", "ok/s"):
        table.add_column(name, justify="right")
    for endpoint in _rows(totals, table):
        table.add_row(endpoint or "all", *_counts(totals, endpoint))
    return table


def latency_table(totals: Totals) -> Table:
    """Both latencies of each endpoint, in milliseconds; of all answers, whatever they were."""
    table = Table(title="http_req_duration (from the send) and response_time (from when it was due), ms")
    table.add_column("endpoint")
    for name in ("mean", "p50", "p95", "p99", "resp. p50", "p95", "p99"):
        table.add_column(name, justify="right")
    for endpoint in _rows(totals, table):
        table.add_row(endpoint or "all", *_times(totals, endpoint))
    return table


def kinds_table(totals: Totals) -> Table | None:
    """What was neither right nor shed, by endpoint and kind; None where there was nothing."""
    table = Table(title="Errors")
    for name in ("endpoint", "kind", "count"):
        table.add_column(name)
    found: dict[tuple[str, str], int] = {}
    for cell, tally in totals.cells.items():
        if is_error(cell.kind):
            found[cell.endpoint, cell.kind] = found.get((cell.endpoint, cell.kind), 0) + tally.count
    for (endpoint, kind), count in sorted(found.items()):
        table.add_row(endpoint, kind, f"{count:,}")
    return table if found else None


def threshold_table(judged: Sequence[Judged]) -> Table | None:
    """Each target beside its figure; None where there is no target."""
    if not judged:
        return None
    table = Table(title="Thresholds")
    for name in ("metric", "target", "measured", "met"):
        table.add_column(name)
    for one in judged:
        figure = "no samples" if one.figure is None else f"{one.figure:,.6g}"
        table.add_row(one.metric, str(one.expression), figure, Text("yes") if one.ok else Text("no", "red"))
    return table


def target_table(found: Sequence[Target], valid: bool) -> Table | None:
    """The reference's targets, each with its margin; None where nobody wants to see them."""
    if not found:
        return None
    table = Table(title="Targets (times are response_time)")
    for name in ("target", "wanted", "measured", "margin", "met"):
        table.add_column(name, justify="right" if name in ("measured", "margin") else "left")
    for one in found:
        margin = "" if one.margin is None else f"{100 * one.margin:+.3g} %"
        name = f"{one.endpoint} {one.name}".strip()
        table.add_row(name, one.wanted, shown(one.figure, one.unit), margin, _met(one, valid))
    return table


def _met(target: Target, valid: bool) -> Text:
    if not valid:
        return Text("does not count", "dim")
    if target.met is None:
        return Text(target.why, "dim")
    return Text("yes") if target.met else Text("no", "red")


def gate_table(gates: Iterable[Gate]) -> Table | None:
    """What decides whether the run may be believed; None where nothing was looked at."""
    table = Table(title="Validity")
    for name in ("gate", "measured", "limit", "holds"):
        table.add_column(name)
    for gate in gates:
        holds = Text("yes") if gate.ok else Text("no", "red")
        table.add_row(gate.name, f"{gate.value:.4g}", f"{gate.limit:g}", holds)
    return table if table.row_count else None


def said(verdict: Verdict) -> Text:
    """Its sentence, INVALID first where it is."""
    return Text(verdict.sentence, "bold green" if verdict.passed else "bold red")


def _rows(totals: Totals, table: Table) -> Iterator[str]:
    """The endpoints, and "" for all of them together."""
    yield from totals.endpoints
    if len(totals.endpoints) > 1:
        table.add_section()
        yield ""


def _counts(totals: Totals, endpoint: str) -> list[str]:
    def count(wanted: Callable[[str], bool]) -> int:
        return totals.count(lambda cell: endpoint in ("", cell.endpoint) and wanted(cell.kind))

    ok = count(lambda kind: kind == OK)
    numbers = (
        count(lambda _: True),
        ok,
        count(is_error),
        count(lambda kind: kind == SHED),
        count(lambda kind: kind == CONFLICT),
    )
    return [*(f"{number:,}" for number in numbers), f"{ok / max(totals.seconds, 1e-9):,.1f}"]


def _times(totals: Totals, endpoint: str) -> list[str]:
    tally = totals.tally(lambda cell: endpoint in ("", cell.endpoint))
    times = [tally.sent.mean_ms, *tally.sent.percentiles_ms(50, 95, 99)]
    times += tally.intended.percentiles_ms(50, 95, 99)
    return [f"{one:,.1f}" for one in times]


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.3g} %)" if whole else "0"


def _pair(times: list[float]) -> str:
    return " and ".join(f"{one:.2f} ms" for one in times)
