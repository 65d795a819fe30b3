"""A run's report on the terminal."""

from collections.abc import Sequence

from rich.console import Console

from loadgen.profiles.thresholds import Judged
from loadgen.results.tables import (
    endpoint_table,
    gate_table,
    kinds_table,
    latency_table,
    said,
    target_table,
    threshold_table,
    whole_table,
)
from loadgen.results.totals import Totals
from loadgen.results.verdict import Verdict

_out = Console()


def print_run(totals: Totals, judged: Sequence[Judged], verdict: Verdict, notes: Sequence[str] = ()) -> None:
    """Whether it may be believed stands first."""
    _out.print(said(verdict), soft_wrap=True)
    if not totals.of_stage:
        return
    tables = (
        gate_table(verdict.gates),
        whole_table(totals),
        endpoint_table(totals),
        latency_table(totals),
        kinds_table(totals),
        threshold_table(judged),
        target_table(verdict.targets, verdict.valid),
    )
    for table in tables:
        if table is not None:
            _out.print(table)
    for note in notes:
        _out.print(note, style="yellow", highlight=False, soft_wrap=True)
    for breach in verdict.breaches[:10]:
        _out.print(breach, style="red", markup=False)
