"""Any order of storing, raising, reading and losing: what is kept is never older than what was raised."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import msgspec

from gateway.filters import Filters
from gateway.history_cache import Kept, Seen, seen_of, serves, tags_of
from schemas.history_versions import ALL, BUCKETS, EPOCH, NAMES, agent_tag, customer_tag
from schemas.ids import session_id
from tests.workers.events import NOW_MS, changed
from workers.persister import tables
from workers.persister.rows import Consultation, Customer, Row, merge, rows_of

CUSTOMERS, AGENTS, NAMED = ("kim", "lee"), ("", "ada", "bo"), ("", "Kim", "Lee")
FILTERS = (
    Filters(customer_id="kim"),
    Filters(agent_id="ada"),
    Filters(),
    Filters(phone="1"),
    Filters(customer_id="lee", agent_id="bo"),
)
Line = tuple[str, int, str, str, int, str, str]
"""Session, version, customer, its name, rating, agent, its name."""


class Stored(NamedTuple):
    """A consultation."""

    version: int
    customer: str
    agent: str
    rating: int = 0


@dataclass
class Model:
    """Postgres at each of its commits, what is not raised yet, Redis, and readers under way."""

    rows: dict[str, Stored] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    commits: list[dict[Filters, list[Line]]] = field(default_factory=list)
    unraised: list[tuple[int, set[str]]] = field(default_factory=list)
    raised: int = 0
    redis: dict[str, bytes] = field(default_factory=dict)
    pages: dict[Filters, bytes] = field(default_factory=dict)
    readers: list[tuple[Filters, Seen, list[Line] | None]] = field(default_factory=list)
    epochs: "count[int]" = field(default_factory=count)
    served: int = 0

    def __post_init__(self) -> None:
        self._commit(set())

    def store(self, said: Sequence[tuple[int, int, str, str]]) -> None:
        """A batch of (session, version, agent, the customer's name), as the persister stores it."""
        rows: list[Row] = []
        for number, version, agent, name in said:
            session = session_id(0, NOW_MS + number, number)
            event = changed(session, version, CUSTOMERS[number % len(CUSTOMERS)], name=name)
            rows += rows_of(msgspec.structs.replace(event, agent_id=agent))
        merged = merge(rows)
        former = [had for one in merged.consultations if (had := self._consultation(one))]
        renamed = [self._customer(one) for one in merged.customers]
        self._commit(tables.tags_of(merged, former, [], renamed=any(renamed)))

    def _consultation(self, new: Consultation) -> str | None:
        """The agent that it had until now."""
        held = self.rows.get(new.session_id)
        if held and held.version >= new.version:
            return None
        self.rows[new.session_id] = Stored(
            new.version, new.customer_id, new.agent_id or "", held.rating if held else 0
        )
        return held.agent if held else None

    def _customer(self, new: Customer) -> bool:
        """Whether the customer had another name."""
        former = self.customers.get(new.customer_id)
        self.customers[new.customer_id] = new.name or former or ""
        return former is not None and former != self.customers[new.customer_id]

    def rate(self, number: int, rating: int) -> None:
        session = session_id(0, NOW_MS + number, number)
        if held := self.rows.get(session):
            self.rows[session] = held._replace(rating=rating)
            whose = (held.customer, held.agent or None)
            self._commit(tables.tags_of(merge([]), [], [whose], renamed=False))

    def rename_agent(self, agent: str, name: str) -> None:
        self.agents[agent] = name
        self._commit({EPOCH})

    def erase(self, customer: str) -> None:
        self.rows = {session: row for session, row in self.rows.items() if row.customer != customer}
        self.customers.pop(customer, None)
        self._commit({EPOCH})

    def _commit(self, tags: set[str]) -> None:
        self.commits.append({filters: self._page(filters) for filters in FILTERS})
        self.unraised.append((len(self.commits) - 1, tags))

    def _page(self, filters: Filters) -> list[Line]:
        return [
            (session, row.version, row.customer, self.customers.get(row.customer, ""), row.rating, row.agent,
             self.agents.get(row.agent, ""))
            for session, row in sorted(self.rows.items())
            if (not filters.customer_id or row.customer == filters.customer_id)
            and (not filters.agent_id or row.agent == filters.agent_id)
            and (not filters.phone or self.customers.get(row.customer) == "Kim")
        ]  # fmt: skip

    def raise_next(self) -> None:
        """The oldest commit's tags."""
        if self.unraised:
            self.raised, tags = self.unraised.pop(0)
            self._raise(tags)

    def kill(self) -> None:
        """What was not raised never will be; who takes over raises the epoch."""
        self.unraised.clear()
        self.raised = len(self.commits) - 1
        self._raise({EPOCH})

    def _raise(self, tags: set[str]) -> None:
        for tag in tags:
            number = next(self.epochs) if tag == EPOCH else int(self.redis.get(tag, b"0")) + 1
            self.redis[tag] = b"%d" % number

    def lose(self) -> None:
        """Redis has nothing any more."""
        self.redis.clear()
        self.pages.clear()

    def look(self, filters: Filters) -> None:
        """A reader: what it is served must not be older than what was raised."""
        told = [self.redis.get(tag) for tag in tags_of(filters)]
        seen = seen_of(told, self.pages.get(filters), (0, 0))
        if told[0] is None:
            self._raise({EPOCH})
        body = serves(seen)
        if body is None:
            self.readers.append((filters, seen, None))
            return
        self.served += 1
        page = msgspec.json.decode(body, type=list[Line])
        assert page in [commit[filters] for commit in self.commits[self.raised :]]

    def ask(self, number: int) -> None:
        """A reader that has looked reads Postgres."""
        if self.readers:
            number %= len(self.readers)
            filters, seen, _ = self.readers[number]
            self.readers[number] = filters, seen, self.commits[-1][filters]

    def keep(self, number: int) -> None:
        """One that has read keeps its page, maybe long after."""
        if self.readers:
            filters, seen, page = self.readers.pop(number % len(self.readers))
            if page is not None and seen.versions:
                self.pages[filters] = msgspec.msgpack.encode(Kept(seen.versions, msgspec.json.encode(page)))

    def read(self, filters: Filters) -> None:
        """A reader whom nobody comes between."""
        self.look(filters)
        if self.readers:
            self.ask(len(self.readers) - 1)
            self.keep(len(self.readers) - 1)


def step(model: Model, rng: random.Random) -> None:
    """Anything that may happen next."""
    number, name = rng.randrange(4), rng.choice(NAMED)
    match rng.choices(range(8), (6, 2, 1, 1, 12, 1, 12, 9))[0]:
        case 0:
            said = [
                (rng.randrange(4), rng.randrange(1, 30), rng.choice(AGENTS), rng.choice(NAMED))
                for _ in range(rng.randrange(1, 3))
            ]
            model.store(said)
        case 1:
            model.rate(number, rng.randrange(1, 6))
        case 2:
            model.rename_agent(rng.choice(AGENTS[1:]), name)
        case 3:
            rng.choice((model.kill, model.lose, lambda: model.erase(rng.choice(CUSTOMERS))))()
        case 4:
            model.raise_next()
        case 5:
            model.look(rng.choice(FILTERS))
        case 6:
            model.read(rng.choice(FILTERS))
        case _:
            rng.choice((model.ask, model.keep))(rng.randrange(8))


def test_no_order_of_events_serves_what_was_raised_away(rng: random.Random) -> None:
    served = 0
    for _ in range(400):
        model = Model()
        for _ in range(80):
            step(model, rng)
        # At rest everything is as Postgres has it.
        while model.unraised:
            model.raise_next()
        for filters in FILTERS * 3:
            model.read(filters)
        served += model.served
    assert served > 5_000


def test_a_page_that_is_kept_is_served() -> None:
    model = Model()
    model.kill()
    for served in (0, 1):
        model.look(FILTERS[0])
        assert model.served == served
        model.ask(0)
        model.keep(0)
    model.store([(1, 1, "", "")])  # of another customer
    model.raise_next()
    model.look(FILTERS[0])
    assert model.served == 2


def test_tags_are_few_and_never_each_others() -> None:
    people = [f"p{number}" for number in range(20 * BUCKETS)]
    found = {tag(one) for one in people for tag in (customer_tag, agent_tag)}
    assert len(found) == 2 * BUCKETS
    assert not found & {ALL, EPOCH, NAMES}
