"""/ops/letters: dead letters listed, shown, replayed and discarded, as aicc-dlq does it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Annotated

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from msgspec import Meta
from starlette.types import Receive, Scope

from gateway.admin import Handle
from gateway.answers import Answer, Refused, busy, ok
from gateway.json_body import read_as
from gateway.security.audit import audit
from gateway.security.guard import caller_of
from gateway.state import Gateway
from runtime.kafka import client_options, producer_options
from runtime.letters.meaning import meaning
from runtime.letters.outcomes import Occupied, Outcome, Outcomes, Source
from runtime.letters.reading import SOURCES, Letter, read_letters
from runtime.letters.replaying import NotReplayable, Replayer
from schemas.audit_trail import Action
from schemas.limits import Personal
from schemas.topics import MAX_RECORD_BYTES

NEWEST = 200
"""Of each topic: a gateway serves others meanwhile. `aicc-dlq` reads all."""

MOST_SHOWN = 16_000
_TIMEOUT_S = 10.0
_WITHIN_S = 50.0
"""A replay that somebody began and did not end is waited for up to 30 s."""

_alone = asyncio.Lock()
"""One at a time: each reads topics."""


class Decided(msgspec.Struct, kw_only=True):
    """What was decided of a letter: `replaying` (begun, and to be done again), `replayed` or `discarded`."""

    outcome: str
    author: str
    at: datetime
    reason: str = ""
    replayed_to: int | None = None


class LetterRow(msgspec.Struct, kw_only=True):
    """A dead letter; its id is the position of the refused record. `meaning` is empty where none is known."""

    id: str
    topic: str
    at: datetime
    reason: Personal[str]
    meaning: str
    refusals: int
    bytes: int
    decided: Decided | None = None


class Letters(msgspec.Struct, kw_only=True):
    """200 of GET /ops/letters, newest first: those among the newest `looked_at` records of each topic."""

    items: list[LetterRow]
    looked_at: int


class LetterWhole(msgspec.Struct, kw_only=True):
    """200 of GET /ops/letters/{id}: with the record, as text that may be cut off."""

    letter: LetterRow
    key: Personal[str]
    headers: Personal[dict[str, str]]
    text: Personal[str]
    is_cut: bool


class DiscardWanted(msgspec.Struct, kw_only=True):
    """Body of POST /ops/letters/{id}/discard."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class LetterDone(msgspec.Struct, kw_only=True):
    """200 of both changes; `offset` is where a replayed record is now."""

    id: str
    outcome: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The letters of some topics, and what was decided of any."""

    consumer: AIOKafkaConsumer
    outcomes: Outcomes
    letters: list[Letter]
    known: Mapping[Source, Outcome]

    def letter(self, source: Source) -> Letter:
        """Raises Refused (404)."""
        found = next((one for one in self.letters if one.source == source), None)
        if found is None:
            detail = f"It is not among the newest {NEWEST} letters of its topic; `aicc-dlq` reads all"
            raise Refused(HTTPStatus.NOT_FOUND, detail)
        return found


def bounded(handle: Handle) -> Handle:
    """One at a time, within a time; 503 where Kafka or Postgres does not answer."""

    @wraps(handle)
    async def within(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        try:
            async with asyncio.timeout(_WITHIN_S), _alone:
                return await handle(gateway, scope, receive)
        except (KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise busy("Dead letters can't be reached now") from error
        except (Occupied, NotReplayable) as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from error

    return within


@bounded
async def list_letters(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """The newest, without their records."""
    async with desk(gateway, *SOURCES) as opened:
        rows = [_row(one, opened.known.get(one.source)) for one in reversed(opened.letters)]
    return ok(Letters(items=rows, looked_at=NEWEST))


@bounded
async def get_letter(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """One, with its record. Raises Refused (404)."""
    source = _source(scope)
    await audit(gateway, caller_of(scope), Action.READ_LETTER, detail=str(source))
    async with desk(gateway, source.topic) as opened:
        letter = opened.letter(source)
        row = _row(letter, opened.known.get(source))
    record, value = letter.record, letter.record.value or b""
    whole = LetterWhole(
        letter=row,
        key=(record.key or b"").decode(errors="backslashreplace"),
        headers={name: told.decode(errors="replace") for name, told in record.headers},
        text=value[:MOST_SHOWN].decode(errors="backslashreplace"),
        is_cut=len(value) > MOST_SHOWN or bool(letter.truncated),
    )
    return ok(whole)


@bounded
async def replay(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """Puts its record back, once however often it is asked. Raises Refused (404, 409)."""
    source, caller = _source(scope), caller_of(scope)
    await audit(gateway, caller, Action.REPLAYED_LETTER, detail=str(source))
    options = producer_options(gateway.settings.kafka_bootstrap, "dlq")
    async with (
        desk(gateway, source.topic) as opened,
        AIOKafkaProducer(**options) as producer,
        opened.outcomes.alone(),
    ):
        letter, known = opened.letter(source), await opened.outcomes.all()
        replayer = Replayer(opened.consumer, producer, opened.outcomes, caller.sub)
        offset = await replayer.replay(letter, known)
    return ok(LetterDone(id=str(source), outcome="replayed", offset=offset))


@bounded
async def discard(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """Decides that it is not replayed. Raises Refused (400, 404, 409, 422)."""
    source, caller = _source(scope), caller_of(scope)
    wanted = await read_as(DiscardWanted, scope, receive)
    await audit(gateway, caller, Action.DISCARDED_LETTER, detail=f"{source}: {wanted.reason}")
    async with desk(gateway, source.topic) as opened, opened.outcomes.alone():
        letter = opened.letter(source)
        if before := (await opened.outcomes.all()).get(source):
            raise Refused(HTTPStatus.CONFLICT, f"It was {before.outcome} by {before.author}")
        await opened.outcomes.discard(source, caller.sub, letter.reason, wanted.reason.strip())
    return ok(LetterDone(id=str(source), outcome="discarded"))


@asynccontextmanager
async def desk(gateway: Gateway, *topics: str) -> AsyncIterator[Desk]:
    """Reads the letters of these topics. With a connection to Postgres of its own, as who decides holds a
    lock that belongs to a session, through several transactions."""
    settings = gateway.settings
    async with AsyncExitStack() as stack:
        db = await asyncpg.connect(settings.database_url, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S)
        stack.push_async_callback(db.close)
        consumer = AIOKafkaConsumer(
            **client_options(settings.kafka_bootstrap),
            max_partition_fetch_bytes=4 * MAX_RECORD_BYTES,
            auto_offset_reset="earliest",
            # A seek and the end wait for the fetch under way.
            fetch_max_wait_ms=50,
        )
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        letters = await read_letters(consumer, settings.kafka_bootstrap, topics, NEWEST)
        outcomes = Outcomes(db)
        yield Desk(consumer, outcomes, letters, await outcomes.all())


def _source(scope: Scope) -> Source:
    """The letter in the address. Raises Refused (404)."""
    try:
        source = Source.parse(scope["path_params"]["id"])
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "A letter is named topic:partition:offset") from error
    if source.topic not in SOURCES:
        raise Refused(HTTPStatus.NOT_FOUND, f"There is no topic {source.topic[:100]!r} with dead letters")
    return source


def _row(letter: Letter, outcome: Outcome | None) -> LetterRow:
    return LetterRow(
        id=str(letter.source),
        topic=letter.source.topic,
        at=datetime.fromtimestamp(letter.at_ms / 1000, UTC),
        reason=letter.reason[:500],
        meaning=meaning(letter.reason),
        refusals=letter.refusals,
        bytes=len(letter.record.value or b""),
        decided=_decided(outcome) if outcome else None,
    )


def _decided(one: Outcome) -> Decided:
    return Decided(
        outcome=one.outcome,
        author=one.author,
        at=one.settled_at or one.begun_at,
        reason=one.discarded_for,
        replayed_to=one.replayed_to,
    )
