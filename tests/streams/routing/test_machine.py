"""Any sequence of commands, one pool: what holds is checked after every step, and failures shrink."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.assignments import AssignmentEnded, AssignmentMade, OfferEnded, OfferMade, decode_feed
from schemas.codec import Tick
from schemas.conversation import ContactEnded, decode_command
from schemas.needs import SkillStep
from schemas.routing import RoutingCommand
from schemas.states import Channel, ContactState, Presence
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS, ROUTING_ANSWERS
from streams.harness.replay import replay
from streams.harness.sent import Sent
from streams.routing.pool import Pool
from streams.routing.state import HOLDING, Contact
from tests.streams.conversations.walks import Walk, poison
from tests.streams.routing.naive import free_pairs, may, unindexed
from tests.streams.routing.pools import (
    DECIDER,
    POOL,
    accept,
    asked,
    assign,
    cancel,
    complete,
    contact,
    content,
    explain,
    force,
    forget,
    listen,
    move,
    needs,
    online,
    presence,
    prioritize,
    reject,
    renew,
    request,
    transfer,
)
from tests.streams.routing.walks import CONFIGS, PEOPLE, configured

MOST = 16
NUMBERS = st.integers(1, 24)
NAMES = st.sampled_from(PEOPLE)
QUEUES = st.sampled_from(("q", "r", "eager", "s", "nowhere"))
AWAY = st.sampled_from((Presence.CUSTOM, Presence.OFFLINE))
NEEDS = st.sampled_from((needs(), needs(billing=2), needs(billing=4), needs(german=3, billing=1)))
STEPS = st.sampled_from(((), (SkillStep(needs(german=1), 2.0),), (SkillStep(needs(), 0.0),)))


class RoutingMachine(RuleBasedStateMachine):
    """Time moves with ticks alone, so that after every other command nothing is due either."""

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk(DECIDER, 0, lambda _: ())
        self.ages: dict[str, int] = {}
        self.holders: dict[str, str] = {}
        self.waiting: set[str] = set()
        self.open: set[str] = set()
        self.arrived = 0

    @property
    def pool(self) -> Pool:
        state: Pool = self.walk.partition.hot[POOL].state
        return state

    def _arrive(self, queue: str, **asks: Any) -> None:
        """Another contact, or one that was there already."""
        self.arrived += len(self.pool.contacts) < MOST
        self.open.add(contact(self.arrived))
        self.hear(request(self.arrived, queue, synthetic=self.arrived % 12 == 0, **asks))

    def hear(self, command: RoutingCommand) -> None:
        self._decide(POOL, command, 0)

    @initialize(waiting=st.integers(0, 8))
    def begin(self, waiting: int) -> None:
        self.hear(configured(len(CONFIGS)))
        for name in PEOPLE:
            self.hear(online(name, lease_s=12.0))
        for n in range(waiting):
            self._arrive("qrs"[n % 3], channel=Channel.VOICE if n % 4 == 3 else Channel.CHAT)

    @rule(passed_ms=st.sampled_from((200, 1_000, 2_500, 5_000)), there=st.integers(0, 31))
    def time_passes(self, passed_ms: int, there: int) -> None:
        """The leases of those who are `there` are renewed."""
        for bit, name in enumerate(PEOPLE):
            if not there >> bit & 1:
                self.hear(renew(name, lease_s=12.0))
        self._decide("", Tick(), passed_ms)
        assert not self.walk.overdue()

    @rule(which=st.integers(0, 5 * len(CONFIGS)))
    def reconfigure(self, which: int) -> None:
        """Rarely."""
        if 0 < which <= len(CONFIGS):
            version = self.pool.config.version if self.pool.config else 0
            self.hear(configured(version + 1 + (which - version - 1) % len(CONFIGS)))

    @rule(
        queue=QUEUES,
        channel=st.sampled_from(Channel),
        priority=st.integers(0, 9),
        skills=NEEDS,
        relaxed=STEPS,
        skills_for_s=st.sampled_from((0.0, 3.0)),
        preferred_agent=st.sampled_from(("", "", "", "a1", "a2")),
        age_s=st.sampled_from((0.0, 30.0)),
        left_out=st.sampled_from(((), ("a1",))),
    )
    def arrive(self, queue: str, **asks: Any) -> None:
        self._arrive(queue, preferred_s=4.0, **asks)

    @rule(queue=st.sampled_from(("q", "r", "s")), priorities=st.lists(st.integers(0, 9), max_size=4))
    def chats_arrive(self, queue: str, priorities: list[int]) -> None:
        for priority in priorities:
            self._arrive(queue, priority=priority)

    @rule(name=NAMES, socket=st.sampled_from(("s1", "s1", "s2")))
    def come(self, name: str, socket: str) -> None:
        self.hear(online(name, socket, lease_s=12.0))

    @rule(name=NAMES, how=st.integers(0, 8))
    def leave(self, name: str, how: int) -> None:
        if how == 0:
            self.hear(presence(name, Presence.OFFLINE, socket=""))
        elif how == 1:
            self.hear(presence(name, Presence.OFFLINE, socket="s1"))
        elif how == 2:
            self.hear(presence(name, Presence.CUSTOM, "lunch", lease_s=12.0))

    @precondition(lambda self: self.holders)
    @rule(which=st.integers(0, 40), how=st.integers(0, 9), asks=st.booleans())
    def answer(self, which: int, how: int, asks: bool) -> None:
        """What an agent does with what it holds, mostly as its state allows."""
        held = [one for one in self.pool.contacts.values() if one.state in HOLDING]
        contact = held[which % len(held)]
        n, agent, epoch = _number(contact), contact.agent_id, contact.offer_epoch
        usual = accept(agent, n, epoch) if contact.state is ContactState.RESERVED else complete(agent, n)
        rare: tuple[RoutingCommand, ...] = (
            accept(agent, n, epoch),
            reject(agent, n, epoch),
            complete(agent, n),
            transfer(agent, n, queue="s"),
            transfer(agent, n, to_agent=PEOPLE[which % len(PEOPLE)]),
        )
        command = rare[how] if how < len(rare) else usual
        self.hear(asked(command) if asks else command)

    @precondition(lambda self: self.holders)
    @rule(names=st.sets(NAMES, min_size=1))
    def accept_all(self, names: set[str]) -> None:
        for held in tuple(self.pool.contacts.values()):
            if held.state is ContactState.RESERVED and held.agent_id in names:
                self.hear(accept(held.agent_id, _number(held), held.offer_epoch))

    @rule(n=NUMBERS, name=NAMES, epoch=st.integers(0, 2), how=st.integers(0, 2))
    def answer_out_of_order(self, n: int, name: str, epoch: int, how: int) -> None:
        self.hear((accept(name, n, epoch), reject(name, n, epoch), complete(name, n))[how])

    @rule(n=NUMBERS, forgotten=st.booleans())
    def give_up(self, n: int, forgotten: bool) -> None:
        if forgotten and n % 4 == 0:
            self.open.discard(contact(n))
        self.hear(forget(n) if forgotten and n % 4 == 0 else cancel(n))

    @rule(n=NUMBERS, queue=QUEUES, name=NAMES, priority=st.integers(0, 9), how=st.integers(0, 4))
    def by_hand(self, n: int, queue: str, name: str, priority: int, how: int) -> None:
        command = (move(n, queue), assign(n, name), prioritize(n, priority), listen(n), explain(n))[how]
        before = content(self.pool)
        self.hear(asked(command))
        verdict = [sent for sent in self.walk.sent if sent.topic == ROUTING_ANSWERS.name][-1]
        if b"conflict" in (verdict.value or b"") or how == 4:
            assert content(self.pool) == before

    @rule(name=NAMES, said=st.sampled_from(tuple(Presence)))
    def force(self, name: str, said: Presence) -> None:
        self.hear(force(name, said, "training"))

    @invariant()
    def nobody_waits_for_a_free_agent(self) -> None:
        if POOL in self.walk.partition.hot:
            assert not free_pairs(self.pool, self.walk.partition.clock.at_ms)

    @invariant()
    def capacity_holds_and_so_does_age(self) -> None:
        if POOL not in self.walk.partition.hot:
            return
        loads: dict[str, list[Contact]] = {}
        for one in self.pool.contacts.values():
            assert self.ages.setdefault(one.contact_id, one.enqueued_ms) == one.enqueued_ms
            if one.state in HOLDING:
                loads.setdefault(one.agent_id, []).append(one)
                assert self.holders[one.contact_id] == one.agent_id
        self.ages = {name: age for name, age in self.ages.items() if name in self.pool.contacts}
        assert self.holders.keys() == {one.contact_id for held in loads.values() for one in held}
        for name, held in loads.items():
            people = self.pool.config.agents if self.pool.config else ()
            capacity = max((one.capacity for one in people if one.id == name), default=len(held))
            assert len(held) <= capacity
            assert len(held) == 1 or all(one.channel is Channel.CHAT for one in held)

    @invariant()
    def nobody_is_lost(self) -> None:
        """Who asked is in the pool until the conversation hears of the end."""
        if POOL in self.walk.partition.hot:
            assert self.pool.contacts.keys() == self.open

    @invariant()
    def snapshots_give_the_same_pool_back(self) -> None:
        if POOL in self.walk.partition.hot:
            data = self.pool.pack()
            assert Pool.unpack(data).pack() == data

    def teardown(self) -> None:
        log = self.walk.log
        assert replay(DECIDER, 0, log) == self.walk.sent
        with unindexed():
            assert replay(DECIDER, 0, log) == self.walk.sent

    def _decide(self, key: str, command: RoutingCommand, passed_ms: int) -> None:
        there = POOL in self.walk.partition.hot
        self.waiting = {contact.contact_id for contact in self.pool.pending()} if there else set()
        sent = self.walk.hear(key, command, passed_ms)
        assert not poison(sent)
        self._follow(key, sent)

    def _follow(self, key: str, sent: list[Sent]) -> None:
        """Who holds what, as the agents hear it: never two at once; and nobody is overtaken for too long."""
        by_hand = any(b"by_hand" in (one.value or b"") for one in sent)
        # Of a tick's many decisions each may change what the earlier ones went by.
        in_turn = not by_hand and key
        for one in sent:
            if one.topic == CONVERSATION_COMMANDS.name:
                news = decode_command(one.value or b"")
                if isinstance(news, ContactEnded):
                    self.open.discard(news.contact_id)
            if one.topic != AGENT_ASSIGNMENTS.name:
                continue
            entry = decode_feed(one.value or b"")
            match entry:
                case OfferMade():
                    assert self.holders.setdefault(entry.contact_id, entry.agent_id) == entry.agent_id
                    if in_turn:
                        self._overtakes_nobody(entry)
                case AssignmentMade():
                    assert self.holders.setdefault(entry.contact_id, entry.agent_id) == entry.agent_id
                case OfferEnded():
                    assert self.holders.pop(entry.contact_id) == entry.agent_id
                case AssignmentEnded() if entry.reason != "wrapping":
                    assert self.holders.pop(entry.contact_id) == entry.agent_id
                case _:
                    pass

    def _overtakes_nobody(self, entry: OfferMade) -> None:
        """Who waits in the same queue for this agent, and came so much earlier that aging makes up for the
        difference in priority, is never passed over; a supervisor's hand excepted."""
        offered, agent = self.pool.contacts.get(entry.contact_id), self.pool.agents[entry.agent_id]
        queue = self.pool.queue(entry.queue)
        if offered is None or offered.state is not ContactState.RESERVED or queue is None:
            return
        now_ms, aging_ms = self.walk.partition.clock.at_ms, queue.aging_s * 1000
        for other in self.pool.pending():
            line = (other.queue, other.channel) == (offered.queue, offered.channel)
            if line and other.contact_id in self.waiting and may(self.pool, agent, other, now_ms):
                ahead_ms = offered.enqueued_ms - other.enqueued_ms
                assert ahead_ms <= (other.priority - offered.priority) * aging_ms


def _number(contact: Contact) -> int:
    return int(contact.session_id[-12:], 16)


RoutingMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=100, deadline=None)
TestRouting = RoutingMachine.TestCase
