"""A comparison in words: for a terminal, for scripts, for a CI's summary. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from loadgen.comparison.differ import Change, Verdict
from loadgen.comparison.family import overall
from loadgen.comparison.figures import metric

_STYLES = {Verdict.WORSE: "bold red", Verdict.BETTER: "green", Verdict.TOO_FEW: "yellow"}


@dataclass(frozen=True)
class Comparison:
    """`notes` come first, INVALID runs before all. Without `changes`, `notes` say why there are none."""

    before: Sequence[str]
    after: Sequence[str]
    way: str
    changes: Mapping[str, Change]
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Of all metrics together."""
        return overall(self.changes)

    @property
    def findings(self) -> list[str]:
        """A sentence for each metric that changed, the worse ones first."""
        told = sorted(self.changes.items(), key=lambda one: one[1].verdict != Verdict.WORSE)
        return [finding(*one) for one in told if one[1].verdict in (Verdict.WORSE, Verdict.BETTER)]

    @property
    def sentence(self) -> str:
        """The verdict with what it goes by."""
        return f"{self.verdict}: {len(self.after)} runs against {len(self.before)}, by {self.way}"


def finding(name: str, change: Change) -> str:
    """One change, in one line."""
    unit = metric(name).unit
    p = "" if change.p is None else f", p {change.p:.2g}"
    figures = f"{_figure(change.before)} → {_figure(change.after)} {unit}"
    return f"{change.verdict}: {name} {figures} ({_ratio(change)}{p})"


def as_table(told: Comparison) -> Table:
    """All metrics."""
    table = Table(title=f"{len(told.before)} runs before, {len(told.after)} after: by {told.way}")
    for heading in ("metric", "before", "after", "unit", "ratio", "p", "verdict", "why"):
        table.add_column(heading, justify="right" if heading in ("before", "after", "ratio", "p") else "left")
    for row, change in zip(_rows(told), told.changes.values(), strict=True):
        table.add_row(*(Text(cell, _STYLES.get(change.verdict, "")) for cell in row))
    return table


def as_markdown(told: Comparison) -> str:
    """For a CI's summary page."""
    lines = [f"### {told.sentence}", "", *(f"- {one}" for one in (*told.notes, *told.findings)), ""]
    if told.changes:
        lines += ["| metric | before | after | unit | ratio | p | verdict | why |", f"|{'---|' * 8}"]
        lines += [f"| {' | '.join(row)} |" for row in _rows(told)]
    return "\n".join(lines) + "\n"


def as_json(told: Comparison) -> dict[str, object]:
    """For scripts and notifications; null for what is not known."""
    return {
        "verdict": told.verdict.value,
        "way": told.way,
        "before": list(told.before),
        "after": list(told.after),
        "notes": told.notes,
        "findings": told.findings,
        "metrics": [
            {
                "metric": name,
                "unit": metric(name).unit,
                "before": _plain(one.before),
                "after": _plain(one.after),
                "ratio": _plain(one.ratio),
                "p": _plain(one.p),
                "verdict": one.verdict.value,
                "why": one.reason,
            }
            for name, one in told.changes.items()
        ],
    }


def _rows(told: Comparison) -> list[list[str]]:
    return [
        [
            name,
            _figure(one.before),
            _figure(one.after),
            metric(name).unit,
            _ratio(one),
            "" if one.p is None else f"{one.p:.2g}",
            one.verdict.value,
            one.reason,
        ]
        for name, one in told.changes.items()
    ]


def _ratio(change: Change) -> str:
    return "–" if change.ratio is None else f"× {change.ratio:.3g}"


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.4g}"


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
