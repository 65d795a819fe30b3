"""What of a report is lost, doubled or an invariant broken, and which faults may have done it. Pure."""

import re
from collections.abc import Sequence

from tests.chaos.drive import Row
from tests.faults.checker import Report

LOST = frozenset({"missing", "accepted message missing", "missing row", "not one terminal state"})
DOUBLED = frozenset({"version repeated", "seq repeated", "contradictory", "unexpected"})
_SESSION_MS = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LIFE_S = 30.0
"""A contact is over so long after it began, unless it is lost."""


def attribute(rows: Sequence[Row], report: Report) -> None:
    """Gives each finding to the faults in whose time its contact may have lived, to all where nobody can
    tell. The numbers are the report's for the kind, its examples only say whose they are."""
    for kind, examples in report.wrong.items():
        blamed = {id(row): row for what in examples for row in _of(rows, what)} or {id(r): r for r in rows}
        for row in blamed.values():
            _count(row, kind, report.counts[kind])
            row.findings += [f"{kind}: {what}" for what in examples]


def _of(rows: Sequence[Row], what: str) -> list[Row]:
    """A session's id is a UUIDv7: it says when the contact began."""
    found = _SESSION_MS.search(what)
    if not found:
        return []
    began = int(found[1] + found[2], 16) / 1000
    return [row for row in rows if row.began - _LIFE_S <= began <= row.ended]


def _count(row: Row, kind: str, count: int) -> None:
    if kind in LOST:
        row.lost += count
    elif kind in DOUBLED:
        row.doubled += count
    else:
        row.broken += count


def sums(report: Report) -> tuple[int, int, int]:
    """Lost, doubled and broken, each finding once."""
    lost = sum(report.counts[kind] for kind in report.wrong if kind in LOST)
    doubled = sum(report.counts[kind] for kind in report.wrong if kind in DOUBLED)
    return lost, doubled, sum(report.counts[kind] for kind in report.wrong) - lost - doubled
