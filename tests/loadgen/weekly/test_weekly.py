"""A week whose figures are known: what is summed, what is an incident, what is drawn, in both languages."""

import asyncio
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import yaml
from click.testing import CliRunner

import loadgen.weekly
from loadgen.command import main
from loadgen.weekly import Quarter, render, week
from loadgen.weekly.week import Change, forecast, incidents

UNTIL = date(2026, 11, 23)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def quarter(begin: datetime, offered: int = 10, within: int = 10, **more: int) -> Quarter:
    counts = {"answered": offered, "abandoned": 0, "refused": 0, "wait_ms": 5_000 * offered} | more
    return Quarter(begin, "demo", "support", offered, within=within, **counts)


def four_weeks(growth: float = 1.0) -> Iterator[Quarter]:
    """One quarter of an hour a day, at ten o'clock."""
    for day in range(28):
        begin = MONDAY - timedelta(days=21 - day) + timedelta(hours=10)
        offered = round(100 * growth**day)
        yield quarter(begin, offered, offered)


def test_targets_of_this_week_and_the_one_before() -> None:
    known = [
        quarter(MONDAY, 10, 7, answered=8, abandoned=2),
        quarter(MONDAY - timedelta(days=7), 10, 10),
        quarter(MONDAY - timedelta(days=6), 10, 0),
        quarter(MONDAY + timedelta(days=7), 10, 0),
    ]
    found = week(known, UNTIL)
    assert found.total.offered == 10
    told = {one.name: (one.figure, one.before, one.met) for one in found.targets}
    assert told["service_level"] == (0.7, 0.5, False)
    assert told["abandoned_share"] == (0.2, 0.0, False)
    assert told["wait_s"] == (6.25, 5.0, True)
    assert found.peak_per_s == 10 / 900


def test_nobody_came() -> None:
    found = week([], UNTIL)
    assert [one.met for one in found.targets] == [None, None, None]
    assert found.trends == []
    assert "nobody came" in render(found)


def test_quarters_in_a_row_are_one_incident_and_few_contacts_are_none() -> None:
    known = [
        quarter(MONDAY, 10, 4),
        quarter(MONDAY + QUARTER, 10, 6),
        quarter(MONDAY + 2 * QUARTER, 10, 9),
        quarter(MONDAY + 3 * QUARTER, 4, 3),
        quarter(MONDAY + 5 * QUARTER, 10, 0),
        quarter(MONDAY + 7 * QUARTER, 10, 10, refused=3),
    ]
    told = [(one.kind, one.begin - MONDAY, one.end - one.begin) for one in incidents(known)]
    assert told == [
        ("service_level", timedelta(), 2 * QUARTER),
        ("service_level", 5 * QUARTER, QUARTER),
        ("refused", 7 * QUARTER, QUARTER),
    ]


def test_growth_is_found_and_leads_to_a_day() -> None:
    found = week(list(four_weeks(1.01)), UNTIL)
    contacts = next(one for one in found.trends if one.name == "contacts")
    assert contacts.monthly == pytest.approx(1.01 ** (365.25 / 12) - 1, rel=0.05)
    assert contacts.low <= contacts.monthly <= contacts.high
    told = forecast(50.0, 100.0, 0.7, found.trends, UNTIL)
    assert told.on is not None
    assert (told.on - UNTIL).days == pytest.approx(34, abs=2)  # ln(70 / 50) / ln(1.01)
    assert forecast(50.0, 100.0, 0.7, week(list(four_weeks()), UNTIL).trends, UNTIL).on is None


def test_the_page_is_whole_in_both_languages_and_harmless() -> None:
    evil = replace(
        week(list(four_weeks()), UNTIL),
        changes=[Change("<script>alert(1)</script>", "tps", "r", "c", 1.0, 2.0, "1/s", True)],
    )
    page = render(evil)
    assert "<script>alert" not in page
    assert not re.search(r'(?:src|href)="', page), "it opens offline"
    texts = yaml.safe_load((Path(loadgen.weekly.__file__).parent / "texts.yaml").read_text())
    assert all(len(both) == 2 and all(both) for both in texts.values())
    assert page.count('lang="en"') - 1 == page.count('lang="ko"')
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    assert len(ET.fromstring(svg).findall("rect")) == 28


def test_the_command_reads_postgres_and_measured_capacities(database_url: str, tmp_path: Path) -> None:
    async def store() -> None:
        db = await asyncpg.connect(database_url)
        names = [
            row[0]
            for row in await db.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'intervals'::regclass AND attnum > 0"
                " AND NOT attisdropped AND NOT atthasdef ORDER BY attnum"
            )
        ]
        for one in four_weeks():
            row = {
                "begin_at": one.begin_at,
                "pool": "demo",
                "queue": "support",
                "agent_id": "a",
                "channel": "chat",
                "offered": 100,
                "answered": 100,
                "answered_within": 90,
                "wait_ms": 700_000,
                "waits": [],
                "handles": [],
                "wrap_ups": [],
                "responses": [],
            }
            places = ", ".join(f"${nth}" for nth in range(1, len(names) + 1))
            await db.execute(
                f"INSERT INTO intervals ({', '.join(names)}) VALUES ({places})",
                *(row.get(name, 0) for name in names),
            )
        await db.close()

    asyncio.run(store())
    result = {"tps": 120.0, "valid": True, "run": "r", "profile": "mixed"}
    (tmp_path / "capacity-1.json").write_text(json.dumps(result))
    page = tmp_path / "week.html"
    ran = CliRunner().invoke(
        main,
        ["weekly", str(page), "--until", UNTIL.isoformat(), "--out", str(tmp_path)],
        env={"DATABASE_URL": database_url},
    )
    assert ran.exit_code == 0, ran.output
    assert "700 contacts, 0 incidents" in ran.output
    assert "90.0 %" in page.read_text()
    assert "120 " in page.read_text()


def test_a_database_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        main, ["weekly", str(tmp_path / "x.html")], env={"DATABASE_URL": "postgresql://aicc@127.0.0.1:1/aicc"}
    )
    assert ran.exit_code == 1
    assert "PostgreSQL at postgresql://aicc@127.0.0.1:1/aicc does not answer" in ran.output
