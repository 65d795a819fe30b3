"""The state of a pool: its configuration, the contacts in it, and its agents."""

from collections.abc import Mapping

import msgspec

from schemas.config import PoolConfig
from schemas.ids import SESSION_LENGTH
from schemas.needs import Request, Requirement, SkillStep
from schemas.routing import RequestContact, Transfer
from schemas.states import Channel, ContactState, Presence
from streams.routing.estimates import Flow
from streams.routing.waits import Estimate, Told

HOLDING = (ContactState.RESERVED, ContactState.ASSIGNED, ContactState.WRAPPING)
NOT_RESPONDING = "not responding"
LEASE_OVER = "lease over"
REMOVED = "removed"
PREFERRED = -1
"""The step before the skills: the preferred agent alone."""


class Contact(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One request for an agent. `deadline_ms` is the offer's, or the wrap-up's; all times on the
    partition's clock. It came to the pool at `enqueued_ms`; its time in the queue counts from `entered_ms`.
    `paused` holds agents who rejected or missed it, until when.

    An agent who holds chats may drain for it: `claimed_by`, until `claim_ms`.
    `listeners` are supervisors who may listen in.

    It began to wait at `joined_ms`, when its wait was `said` to be so long, which counts until its first
    offer; its customer was `told` last. It is in a slot since `held_ms`.

    `step` counts what it settles for (PREFERRED, 0 its skills, then `relaxed`, then anyone): the time of
    the step runs while it waits, to `step_due_ms`; else `step_left_ms` are left of it.
    """

    contact_id: str
    customer_id: str
    queue: str
    enqueued_ms: int
    entered_ms: int = 0
    sequence: int = 0
    key_ms: int = 0
    channel: Channel = Channel.CHAT
    priority: int = 5
    skills: tuple[Requirement, ...] = ()
    skills_for_s: float = 0.0
    relaxed: tuple[SkillStep, ...] = ()
    preferred_agent: str = ""
    preferred_s: float = 0.0
    synthetic: bool = False
    state: ContactState = ContactState.PENDING
    agent_id: str = ""
    offer_epoch: int = 0
    deadline_ms: int | None = None
    paused: dict[str, int] = {}
    step: int = 0
    step_left_ms: int | None = None
    step_due_ms: int | None = None
    claimed_by: str = ""
    claim_ms: int | None = None
    transfer: Transfer | None = None
    listeners: tuple[str, ...] = ()
    joined_ms: int | None = None
    held_ms: int = 0
    said: Estimate | None = None
    told: Told | None = None
    attributes: Mapping[str, str] = {}

    @property
    def session_id(self) -> str:
        """The conversation that it belongs to."""
        return self.contact_id[:SESSION_LENGTH]

    @property
    def order(self) -> int:
        """Where it stands among those who wait: by enqueue time, each level of priority below the most
        urgent counting as `aging_s`; equals by their sequence."""
        return self.key_ms << 32 | self.sequence

    @property
    def preferred(self) -> str:
        """The agent who has it alone now, if any."""
        return self.preferred_agent if self.step == PREFERRED else ""

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """The skills that it settles for now."""
        if self.step <= 0:
            return self.skills
        return self.relaxed[self.step - 1].skills if self.step <= len(self.relaxed) else ()

    @property
    def step_s(self) -> float:
        """How long the step lasts; 0 is for good."""
        if self.step == PREFERRED:
            return self.preferred_s
        if self.step == 0:
            return self.skills_for_s
        return self.relaxed[self.step - 1].for_s if self.step <= len(self.relaxed) else 0.0

    def may_be_claimed(self, agent_id: str, now_ms: int) -> bool:
        """Whether the agent may drain for it, as far as that depends on the contact."""
        return not self.claimed_by and self.paused.get(agent_id, 0) <= now_ms


def asking(
    asks: Request | RequestContact, at_ms: int, contact_id: str = "", customer_id: str = "", age_ms: int = 0
) -> Contact:
    """The contact that asks for this now, having waited for `age_ms` before; it stands in no line yet."""
    return Contact(
        contact_id=contact_id,
        customer_id=customer_id,
        queue=asks.queue,
        channel=asks.channel,
        priority=asks.priority,
        skills=asks.skills,
        skills_for_s=asks.skills_for_s,
        relaxed=asks.relaxed,
        preferred_agent=asks.preferred_agent,
        preferred_s=asks.preferred_s,
        synthetic=asks.synthetic,
        enqueued_ms=at_ms - age_ms,
        entered_ms=at_ms,
    )


class AgentStatus(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """An agent as the pool sees it. Past `lease_ms` the agent gets no offers; past the grace, offline.
    `before` is the presence that a lost agent comes back to; `returns_ms` ends *not responding*.
    `feed_seq` numbers what the agent is told. Who drained in vain does not drain again before `rests_ms`."""

    agent_id: str
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    before: Presence = Presence.ROUTABLE
    before_reason: str = ""
    socket: str = ""
    lease_ms: int = 0
    idle_since_ms: int = 0
    returns_ms: int | None = None
    feed_seq: int = 0
    rests_ms: int = 0


class PoolSwitch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A switch as the pool heard of it last, with its names where it is on. It ends at `until_ms` of the
    broker's time and at `due_ms` on the partition's clock, whichever is first (0: by hand alone)."""

    version: int
    named: tuple[str, ...] = ()
    until_ms: int = 0
    due_ms: int = 0


class PoolState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is kept of a pool. `sequence` numbers the contacts. By queue: `turns` is who was offered last,
    `flows` what estimates are made from, `tells` when those who wait hear of their places again. `said`
    counts the pool's events, `switches` are those it has heard of, by name."""

    pool: str
    partition: int
    config: PoolConfig | None = None
    sequence: int = 0
    contacts: list[Contact] = []
    agents: list[AgentStatus] = []
    turns: dict[str, str] = {}
    flows: dict[str, Flow] = {}
    tells: dict[str, int] = {}
    said: int = 0
    switches: dict[str, PoolSwitch] = {}
