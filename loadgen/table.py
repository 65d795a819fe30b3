"""Tables for the terminal."""

from rich.table import Table

from loadgen.calls import Calls
from loadgen.drive import Outcome


def outcome_table(outcome: Outcome) -> Table:
    """What became of the contacts, with what must be 0."""
    breaches = dict.fromkeys(("gap", "repeat", "capacity", "two_agents", "contradiction", "garbled"), 0)
    for breach in outcome.breaches:
        breaches[breach.kind] += 1
    gaps = outcome.findings.gaps + breaches.pop("gap")
    doubled = outcome.findings.doubled + breaches.pop("repeat") + breaches.pop("two_agents")
    table = Table(title="Contacts", show_header=False)
    for name, number in (
        ("offered", outcome.offered),
        ("accepted", outcome.accepted),
        ("assigned to an agent", outcome.assigned),
        ("completed", outcome.completed),
        *((f"ended as {status}", times) for status, times in _others(outcome)),
        ("rows in Postgres", outcome.rows),
    ):
        table.add_row(name, str(number))
    table.add_section()
    for name, number in (
        ("lost", outcome.findings.lost),
        ("doubled", doubled),
        ("gaps in seq", gaps),
        ("other contradictions", sum(breaches.values())),
    ):
        table.add_row(name, f"[{'red' if number else 'green'}]{number}[/]")
    table.add_row("errors", f"[{'yellow' if outcome.calls.errors else 'green'}]{outcome.calls.errors}[/]")
    return table


def calls_table(calls: Calls) -> Table:
    """Counts and latencies of each call."""
    table = Table(title="Calls (milliseconds)")
    table.add_column("call")
    for name in ("count", "ok", "shed", "conflict", "errors", "p50", "p95", "p99"):
        table.add_column(name, justify="right")
    for line in calls.lines():
        latencies = [f"{value:.1f}" for value in (line.p50_ms, line.p95_ms, line.p99_ms)]
        counts = (line.calls, line.ok, line.shed, line.conflicts, line.errors)
        table.add_row(line.name, *map(str, counts), *latencies)
    return table


def _others(outcome: Outcome) -> list[tuple[str, int]]:
    return sorted((status, times) for status, times in outcome.statuses.items() if status != "completed")
