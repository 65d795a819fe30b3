"""What Postgres's own statistics say, section by section.

Each file of sql/report is a section: its first line is the title and a note, the rest one SELECT.
"""

import html
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import NamedTuple

import asyncpg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_SECTIONS = Path(__file__).parent / "sql" / "report"
_PAGE = Path(__file__).parent / "report.html"
_UNREADABLE = (
    asyncpg.UndefinedTableError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InsufficientPrivilegeError,
)
"""As of pg_stat_statements where the server has it not loaded, or the role may not see it."""


class Section(NamedTuple):
    """A table: the columns' names, and rows of what is to be shown."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


async def report(db: asyncpg.Connection) -> list[Section]:
    """All sections; one that the server refuses says why in its note."""
    return [await _section(db, file.read_text()) for file in sorted(_SECTIONS.glob("*.sql"))]


async def _section(db: asyncpg.Connection, text: str) -> Section:
    heading, _, select = text.partition("\n")
    title, _, note = heading.removeprefix("-- ").partition(" | ")
    try:
        async with db.transaction():
            prepared = await db.prepare(select)
            rows = await prepared.fetch()
    except _UNREADABLE as error:
        return Section(title, f"Can't be read: {error}.", (), ())
    columns = [attribute.name for attribute in prepared.get_attributes()]
    return Section(title, note, columns, [[_shown(value) for value in row] for row in rows])


def print_report(sections: Sequence[Section], console: Console) -> None:
    """For a terminal."""
    for section in sections:
        console.print(f"\n[bold]{escape(section.title)}[/]\n{escape(section.note)}", highlight=False)
        if section.rows:
            table = Table(*map(escape, section.columns))
            for row in section.rows:
                table.add_row(*map(escape, row))
            console.print(table)
        elif section.columns:
            console.print("none", highlight=False)


def to_html(sections: Sequence[Section], database: str, at: datetime) -> str:
    """One page that needs nothing else."""
    page = Template(_PAGE.read_text())
    body = "\n".join(map(_html, sections))
    return page.substitute(
        database=html.escape(database), at=f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z", body=body
    )


def to_json(sections: Sequence[Section], database: str, at: datetime) -> str:
    """`database`, `at` (ISO 8601, UTC) and `sections`, each with title, note, columns and rows of texts."""
    told = {"database": database, "at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps(told | {"sections": [one._asdict() for one in sections]}, ensure_ascii=False)


def _html(section: Section) -> str:
    heading = f"<h2>{html.escape(section.title)}</h2>\n<p>{html.escape(section.note)}</p>"
    if not section.rows:
        return heading + ("\n<p><em>none</em></p>" if section.columns else "")
    head, *rows = (
        "".join(f"<{tag}>{html.escape(value)}</{tag}>" for value in row)
        for tag, row in (("th", section.columns), *(("td", row) for row in section.rows))
    )
    lines = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f"{heading}\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
