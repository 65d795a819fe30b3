"""A bench's last words: a table with each figure beside its aim, and one line of JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

say = Console(stderr=True).print


class Row(NamedTuple):
    """One figure; `met` is None where it has no aim."""

    name: str
    figure: str
    aim: str = ""
    met: bool | None = None


def at_most(name: str, figure: float, aim: float, unit: str, valid: bool) -> Row:
    """A figure that should not be above its aim; nothing is met in a run that is not valid."""
    return Row(name, f"{figure:,.2f} {unit}", f"≤ {aim:g} {unit}", valid and figure <= aim)


def at_least(name: str, figure: float, aim: float, unit: str, valid: bool) -> Row:
    """A figure that should not be below its aim."""
    return Row(name, f"{figure:,.2f} {unit}", f"≥ {aim:g} {unit}", valid and figure >= aim)


def show(title: str, rows: Sequence[Row], figures: Mapping[str, object]) -> None:
    """Prints the table and, as the very last line, the figures as one JSON object."""
    table = Table(title=title)
    for heading in ("figure", "measured", "aim", "met"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.name, row.figure, row.aim, {True: "yes", False: "no", None: ""}[row.met])
    Console(file=sys.stdout).print(table)
    print(json.dumps(figures), flush=True)
