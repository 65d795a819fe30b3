"""The report on a real database, as text and as a page."""

import asyncio
import subprocess
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.database.connection import connected
from infra.database.report import Section, report, to_html
from infra.services import script
from loadgen.report.database import decode
from tests.infra.database.filled import fill

TITLES = [
    "Health",
    "Lock waits",
    "Partitions",
    "Dead rows",
    "Index use",
    "Missing indexes?",
    "Slowest statements",
]


async def _sections(url: str) -> dict[str, Section]:
    async with connected(url) as db:
        return {section.title: section for section in await report(db)}


def test_it_names_what_was_done(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await fill(db, datetime(2021, 1, 1, tzinfo=UTC), 20_000, timedelta(minutes=1))
            await db.execute("DELETE FROM chat_messages WHERE session_id LIKE 'filled-1%'")
            await db.execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
            for _ in range(12):
                await db.fetch("SELECT count(*) FROM consultations WHERE note = 'x'")
            await db.execute("SELECT pg_stat_force_next_flush()")
        found = await _sections(database)
        assert list(found) == TITLES
        assert [row[0] for row in found["Missing indexes?"].rows] == ["public.consultations_default"]
        assert "public.chat_messages_default" in {row[0] for row in found["Dead rows"].rows}
        unused = {row[1] for row in found["Index use"].rows if row[-1] == "unused"}
        assert {"consultations_agent", "customers_phone"} <= unused
        assert any("WHERE note" in row[-1] for row in found["Slowest statements"].rows)
        assert found["Health"].rows[0][1] == "0"

    asyncio.run(scenario())


def test_who_waits_for_a_lock_is_named(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as holding, connected(database) as waiting, connected(database) as db:
            async with holding.transaction():
                await holding.execute("LOCK TABLE customers")
                blocked = asyncio.create_task(waiting.execute("DELETE FROM customers"))
                while not (rows := (await _sections(database))["Lock waits"].rows):
                    await asyncio.sleep(0.01)
                holder = await holding.fetchval("SELECT pg_backend_pid()")
            assert rows[0][3:] == [str(holder), "DELETE FROM customers"]
            await blocked
            assert await db.fetchval("SELECT 1")

    asyncio.run(scenario())


def test_without_counted_statements_the_rest_is_reported(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await db.execute("DROP EXTENSION pg_stat_statements")
        found = await _sections(database)
        assert "does not exist" in found["Slowest statements"].note
        assert found["Health"].rows

    asyncio.run(scenario())


def test_the_page_is_whole_and_says_only_what_is_there() -> None:
    wild = Section("A <b>", "x & y", ["c"], [["<script>alert(1)</script>"]])
    page = ET.fromstring(
        to_html([wild], "a&b", datetime(2026, 1, 1, tzinfo=UTC)).removeprefix("<!DOCTYPE html>")
    )
    assert page.find(".//td") is not None
    assert [cell.text for cell in page.iter("td")] == ["<script>alert(1)</script>"]
    assert not list(page.iter("script"))


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("partitions",), 0, "consultations_default"),
        (("partitions", "make", "--ahead", "3"), 0, "nothing to make"),
        (("partitions", "move"), 0, "chat_messages: 0 rows moved"),
        (("retain", "--keep-months", "12"), 0, "0 partitions detached"),
        (("retain", "--keep-months", "12", "--drop"), 2, "--drop needs --export"),
        (("retain", "--keep-months", "0"), 2, "--keep-months"),
        (("erase-exports",), 0, "0 files cleared, 0 rows erased"),
        (("erase-exports", "--directory", "/nowhere"), 2, "does not exist"),
        (("report",), 0, "Slowest statements"),
        (("report", "--html", "/nowhere/report.html"), 1, "can't be written"),
        (("--help",), 0, "Examples:"),
    ],
    ids=lambda value: "-".join(value).replace("/", "") if isinstance(value, tuple) else None,
)
def test_the_command(database_url: str, arguments: tuple[str, ...], status: int, says: str) -> None:
    done = _call(database_url, *arguments)
    assert done.returncode == status, done.stderr
    assert says in done.stdout + done.stderr


def test_the_command_writes_a_page(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert _call(database_url, "report", "--html", str(file)).returncode == 0
    page = ET.fromstring(file.read_text().removeprefix("<!DOCTYPE html>"))
    assert [heading.text for heading in page.iter("h2")] == TITLES


def test_the_command_says_it_as_json(database_url: str) -> None:
    done = _call(database_url, "report", "--json")
    assert done.returncode == 0, done.stderr
    told = decode(done.stdout.encode())
    assert [section.title for section in told.sections] == TITLES
    assert told.database
    assert all(len(row) == len(section.columns) for section in told.sections for row in section.rows)


def test_a_server_that_is_away_is_said_in_a_sentence() -> None:
    done = _call("postgresql://aicc@127.0.0.1:1/aicc", "partitions")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def _call(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"DATABASE_URL": url, "COLUMNS": "200", "PATH": ""}
    return subprocess.run(
        [script("aicc-db"), *arguments], env=environment, capture_output=True, text=True, check=False
    )
