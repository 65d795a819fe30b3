"""routing.answers, keyed by the gateway that waits: a pool's verdicts, and its explanations."""

import msgspec

from schemas.codec import Record
from schemas.pool_view import PoolView
from schemas.states import Verdict


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An agent beside a contact: `why_not` names what is in the way (nothing: the contact is offered to this
    agent, or to one who comes before it); `until_s` from now on at the latest, where time ends it."""

    agent_id: str
    why_not: tuple[str, ...] = ()
    until_s: float | None = None
    held: int = 0
    capacity: int = 0


class Upcoming(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happens in `in_s` seconds if nothing else does."""

    in_s: float
    what: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a contact is where it is. `chosen` is who would be offered it now; seconds from now on."""

    contact_id: str
    queue: str
    state: str
    reason: str = ""
    priority: int = 0
    preferred_agent: str = ""
    position: int = 0
    waited_s: float = 0.0
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None
    chosen: str = ""
    agents: tuple[Candidate, ...] = ()
    more_agents: int = 0
    upcoming: tuple[Upcoming, ...] = ()


class RoutingAnswered(Record, tag="routing.answered", kw_only=True, frozen=True):
    """The verdict on a routing command, for the gateway `reply_to`."""

    pool: str
    request_id: str
    reply_to: str
    verdict: Verdict
    reason: str = ""
    explanation: Explanation | None = None
    view: PoolView | None = None


decode_answer = msgspec.json.Decoder(RoutingAnswered).decode
