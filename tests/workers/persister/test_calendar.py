"""Ends of months and years, a 29th of February and changes of the clock, by the time in the records: whatever
zone the database and the persister live in, a row lies in its month of UTC and is found by its time."""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from gateway.security.tokens import Role
from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.conversation import ConversationEvent, MessageAdded
from schemas.ids import partition_of, session_id
from schemas.states import Role as Speaker
from schemas.topics import CONVERSATION_EVENTS, ROUTING_EVENTS
from tests.gateway.bearers import staff
from tests.gateway.conftest import prepare as prepare_gateway
from tests.gateway.process import GatewayProcess
from tests.workers.events import changed
from tests.workers.persister.flow import SMALL, prepare
from tests.workers.persister.ledger import assert_equal_to_the_log
from tests.workers.persister.stored import until_stored
from tests.workers.persister.stream import KEY
from tests.workers.world import PARTITIONS, Given, World, given

MS = timedelta(milliseconds=1)
QUARTER = timedelta(minutes=15)
SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
BORDERS = (
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=SEOUL),
    datetime(2026, 11, 1, tzinfo=BERLIN),
    datetime(2027, 1, 1, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=SEOUL),
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=BERLIN),
    datetime(2028, 3, 1, tzinfo=UTC),
    datetime(2100, 3, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
)
"""The last two are when the clocks of Berlin are set back and forth."""
CHANGES = BORDERS[-2:]
ENDS = (*CHANGES, datetime(2028, 3, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))
ZONES = ["Europe/Berlin", pytest.param("Asia/Seoul", marks=pytest.mark.faults)]
MADE = {(2026, 10), (2026, 11), (2024, 2), (2028, 2), (2028, 3)}
"""Months whose partitions are there before the rows; the others' rows go to the default partition first."""
WHERE = "SELECT session_id, tableoid::regclass::text AS held_by, created_at FROM "


def moments() -> list[datetime]:
    """Right before each border, at it and after, and a time of the clock that comes twice."""
    around = [border.astimezone(UTC) + n * MS for border in BORDERS for n in (-1, 0, 1)]
    return sorted({*around, *(CHANGES[0] + n * timedelta(minutes=30) for n in (-1, 1))})


def sessions() -> dict[str, datetime]:
    return {
        session_id(number % PARTITIONS, round(at.timestamp() * 1000), number): at
        for number, at in enumerate(moments())
    }


def log_of(session: str) -> list[Given]:
    text = MessageAdded(session_id=session, seq=1, message_id="m", role=Speaker.BOT, text="윤년", at_ms=1)
    events: list[ConversationEvent] = [changed(session, 1), text, changed(session, 2, closed=True)]
    return [given(event, partition_of(session)) for event in events]


@pytest.fixture
def elsewhere(own_world: World, zone: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """The processes live in that zone, and so does the database."""
    monkeypatch.setenv("TZ", zone)
    name = own_world.database_url.rpartition("/")[2]
    asyncio.run(own_world.fetch(f"ALTER DATABASE {name} SET timezone TO '{zone}'"))
    return own_world


@pytest.fixture
def gateway(own_world: World) -> Iterator[GatewayProcess]:
    """One that reads the test's own database."""
    asyncio.run(prepare_gateway(own_world.bootstrap))
    servers = {"KAFKA_BOOTSTRAP": own_world.bootstrap, "REDIS_URL": own_world.redis_url}
    process = GatewayProcess({**servers, "DATABASE_URL": f"{own_world.database_url}?role=aicc_gateway"})
    process.start()
    yield process
    process.stop()


async def held_by(world: World) -> set[tuple[str, str, datetime]]:
    """Each row's session, its month or `default`, and its time."""
    return {
        (row["session_id"], row["held_by"].removeprefix(table + "_"), row["created_at"])
        for table in ("consultations", "chat_messages")
        for row in await world.fetch(WHERE + table)
    }


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {staff('ann', Role.ADMIN)}"}


def asked(begin: datetime, end: datetime) -> str:
    return f"from={quote(begin.isoformat())}&to={quote(end.isoformat())}"


@pytest.mark.parametrize("zone", ZONES)
def test_each_row_is_in_its_month_and_found(elsewhere: World, gateway: GatewayProcess) -> None:
    begun = sessions()

    async def scenario() -> None:
        await prepare(elsewhere)
        for year, month in MADE:
            for table in ("consultations", "chat_messages"):
                await elsewhere.fetch("SELECT make_month_partition($1, $2)", table, datetime(year, month, 15))
        records = [one for session in begun for one in log_of(session)]
        await elsewhere.produce(CONVERSATION_EVENTS, records)
        with elsewhere.worker("persister", **SMALL):
            await until_stored(elsewhere, len(records))
        await assert_equal_to_the_log(elsewhere, KEY)
        there = {month for _, month, _ in await held_by(elsewhere)}
        assert there >= {f"{year:04}_{month:02}" for year, month in MADE} | {"default"}
        move = (str(elsewhere.command("db")), "partitions", "move")
        await asyncio.to_thread(subprocess.run, move, env=elsewhere.environment(), check=True)
        wanted = {(session, f"{at:%Y_%m}", at) for session, at in begun.items()}
        assert await held_by(elsewhere) == wanted
        await assert_equal_to_the_log(elsewhere, KEY)

    asyncio.run(scenario())
    for border in BORDERS:
        begin, end = border - timedelta(hours=2), border + timedelta(hours=2)
        for since, until in ((begin, border), (border, end), (begin, end)):
            path = f"/consultation/history?{asked(since, until)}"
            found = gateway.ask("GET", path, None, bearer())
            within = [session for session, at in begun.items() if since <= at < until]
            newest_first = sorted(within, key=lambda session: (begun[session], session), reverse=True)
            assert [item["session_id"] for item in found.body["items"]] == newest_first, path


@pytest.mark.parametrize("zone", ["Europe/Berlin"])
def test_the_intervals_have_no_gap_and_no_repeat(
    elsewhere: World, zone: str, gateway: GatewayProcess
) -> None:
    """A contact every five minutes, from two hours before the clocks change to two hours after; and over a
    leap day's and a year's end."""
    borders = (
        *CHANGES,
        datetime(2028, 3, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=BERLIN).astimezone(UTC),
    )
    times = sorted(border + n * timedelta(minutes=5) for border in borders for n in range(-24, 24))

    async def scenario() -> None:
        await prepare(elsewhere)
        await elsewhere.create(ROUTING_EVENTS)
        events = [
            RoutingEvent(
                pool="p",
                event=Decided.ENQUEUED,
                contact_id=f"s{number}.1",
                queue="q",
                at_ms=round(at.timestamp() * 1000),
                seq=number,
            )
            for number, at in enumerate(times, 1)
        ]
        await elsewhere.produce(ROUTING_EVENTS, [(0, "p", encode(event)) for event in events])
        with elsewhere.worker("persister", **SMALL):
            await until_stored(elsewhere, len(events), ROUTING_EVENTS)

    asyncio.run(scenario())
    for border in ENDS:
        begin, end = border - timedelta(hours=2), border + timedelta(hours=2)
        rows = gateway.ask("GET", f"/reports/intervals?{asked(begin, end)}", None, bearer()).body["items"]
        assert [datetime.fromisoformat(row["begin_at"]) for row in rows] == [
            begin + n * QUARTER for n in range(16)
        ]
        assert {row["offered"] for row in rows} == {3}
