"""docs/resilience.md: what was run, and a row for each fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.drive import Row

_HEAD = """# Resilience

What `make chaos` has shown: {faults} faults, seed {seed}, {when}. This page is written by the command.

A mix of customers and agents flows while something is broken: messages, requests for an agent, assignments,
ends. The rate asked for was {rate:,.0f} commands a second with {contacts} live contacts; what flowed when the
fault fell stands in its row. {carried}
A fault falls only when the mix flows and the probes are good.

- **in flight**: contacts that were live when it fell.
- **seen after**: the first sign of it, from the strike: a probe that was bad or too late, or a process that
  ended. Each {probe_every_s:g} s a probe takes a contact through the whole path: gateway, conversations,
  routing, persister, Postgres and back. It is bad where it fails, or takes longer than {limit_s:.1f} s, three
  times what is usual here.
- **serves again after**: from the strike until from then on all probes were good for 2 s.
- **recovery**: the same from the end of the fault: when a stopped process is continued, or a server has
  started.
- **refused**: requests of customers that were answered neither 200 nor 409. Clients repeat them.
- **lost, doubled, broken**: from the whole log and all rows, read from Kafka and Postgres alone after the
  faults of a group (`tests/faults/checker.py`): every output of each command replayed is in the log once; all
  that was answered 200 ends in exactly one terminal state, in Postgres, once; no `seq` has a gap; no contact
  is with two agents, no agent above capacity. A finding counts for all faults in whose time its contact may
  have lived.

Times are in seconds. "—" stands for what never came: a fault that no probe has seen, or a service that was
not back within 90 s.

"""
_COLUMNS = (
    "fault", "in flight", "commands/s", "seen after", "serves again after", "recovery", "refused", "lost",
    "doubled", "broken",
)  # fmt: skip


@dataclass
class Result:
    """A whole run."""

    rate: float
    contacts: int
    seed: int
    when: str
    machine: str
    carried_per_s: float = 0.0
    limit_s: float = 0.0
    probe_every_s: float = 0.1
    rows: list[Row] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    failures: list[str] = field(default_factory=list)
    why_invalid: list[str] = field(default_factory=list)

    @property
    def worst_recovery_s(self) -> float | None:
        """Of the faults after which it served again."""
        return max((row.recovery_s for row in self.rows if row.recovery_s is not None), default=None)

    def figures(self) -> dict[str, object]:
        """The line of JSON."""
        worst = self.worst_recovery_s
        return {
            "faults": len(self.rows),
            "lost": self.lost,
            "doubled": self.doubled,
            "invariants_broken": self.broken,
            "worst_recovery_s": None if worst is None else round(worst, 2),
            "valid": not self.why_invalid,
            "why": "; ".join(self.why_invalid),
            "rate": self.rate,
            "carried_per_s": round(self.carried_per_s),
            "contacts": self.contacts,
            "least_in_flight": min((row.in_flight for row in self.rows), default=0),
            "seed": self.seed,
            "not_back": [row.name for row in self.rows if row.again_s is None],
        }


def write(result: Result, file: Path) -> None:
    """Writes the page anew."""
    file.write_text(page(result))


def page(result: Result) -> str:
    """As Markdown."""
    groups = list(dict.fromkeys(row.group for row in result.rows))
    parts = [_HEAD.format(**_head(result)), _sums(result)]
    for group in groups:
        rows = [row for row in result.rows if row.group == group]
        parts.append(f"## {group.capitalize()}\n\n{_table(rows)}\n")
    if told := _told(result.rows):
        parts.append(f"## What was found\n\n{told}\n")
    return "\n".join(parts)


def _head(result: Result) -> dict[str, object]:
    carried = (
        f"Before the first fault {result.carried_per_s:,.0f} commands a second were measured in the log"
        f" on a machine with {result.machine}."
    )
    return {
        "faults": len(result.rows),
        "seed": result.seed,
        "when": result.when,
        "rate": result.rate,
        "contacts": result.contacts,
        "carried": carried,
        "limit_s": result.limit_s,
        "probe_every_s": result.probe_every_s,
    }


def _sums(result: Result) -> str:
    lines = [
        f"| {len(result.rows)} faults | {result.lost} | {result.doubled} | {result.broken} | "
        f"{_s(result.worst_recovery_s)} |"
    ]
    text = "\n".join(
        ["| | lost | doubled | invariants broken | worst recovery |", "|---|---|---|---|---|", *lines]
    )
    if result.why_invalid:
        text += "\n\n**Not valid**: " + "; ".join(result.why_invalid) + "."
    return text + "\n"


def _table(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|---" * len(_COLUMNS) + "|"]
    for row in rows:
        times = (_s(seconds) for seconds in (row.detected_s, row.again_s, row.recovery_s))
        counts = (row.refused, row.lost, row.doubled, row.broken)
        cells = (row.name, row.in_flight, f"{row.per_s:,.0f}", *times, *counts)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def _s(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds:.1f}"


def _told(rows: Sequence[Row]) -> str:
    lines = [f"- {row.name}: {row.failed}" for row in rows if row.failed]
    lines += [f"- {row.name}: `{what[:200]}`" for row in rows for what in row.findings[:3]]
    return "\n".join(lines)
