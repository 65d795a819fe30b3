"""HTTP bodies of agents, supervisors and dry runs, as clients send and get them."""

from typing import Annotated

import msgspec

from schemas.api import Body, Id, Name, Needs, Text
from schemas.limits import MAX_TEXT, Personal, Priority, Seconds
from schemas.states import Channel, Presence, Verdict

Note = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class AgentPresence(Body, kw_only=True, frozen=True):
    """POST /agent/presence; all but offline is leased and goes on as long as heartbeats come."""

    presence: Presence
    reason: Name = ""


class AgentHeartbeat(Body, kw_only=True, frozen=True):
    """POST /agent/heartbeat: renews the lease of what was said by POST /agent/presence."""


class AgentAccept(Body, kw_only=True, frozen=True):
    """POST /agent/accept"""

    contact_id: Id
    offer_epoch: int


class AgentReject(Body, kw_only=True, frozen=True):
    """POST /agent/reject"""

    contact_id: Id
    offer_epoch: int


class AgentComplete(Body, kw_only=True, frozen=True):
    """POST /agent/complete"""

    contact_id: Id
    disposition: Name = ""
    note: Personal[Note] = ""


class AgentNote(Body, kw_only=True, frozen=True):
    """POST /agent/note: to the session, or that of the contact; the customer does not see it."""

    session_id: Name = ""
    contact_id: Name = ""
    note: Personal[Text]


class AgentTransfer(Body, kw_only=True, frozen=True):
    """POST /agent/transfer: to a queue, or to an agent of the own pool, who has it alone for `wait_s`."""

    contact_id: Id
    queue: Name = ""
    to_agent: Name = ""
    wait_s: Seconds = 60.0
    note: Personal[Note] = ""


class SupervisorBody(Body, kw_only=True, frozen=True):
    """The audit names `supervisor`. Without `pool` it is that of the queue or agent, or the only one."""

    supervisor: Id = "local"
    pool: Name = ""


class SupervisorMove(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/move"""

    contact_id: Id
    queue: Id


class SupervisorAssign(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/assign"""

    contact_id: Id
    agent_id: Id


class SupervisorPrioritize(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/prioritize"""

    contact_id: Id
    priority: Priority


class SupervisorPresence(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/presence"""

    agent_id: Id
    presence: Presence
    reason: Name = ""


class SupervisorListen(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/listen"""

    contact_id: Id
    listening: bool = True


class SupervisorWhisper(SupervisorBody, kw_only=True, frozen=True):
    """POST /supervisor/whisper: to the agent who has the contact; the customer does not see it."""

    contact_id: Id
    message: Personal[Text]


class RoutingExplain(Needs, kw_only=True, frozen=True):
    """POST /routing/explain: why the contact `contact_id` is where it is, or without one, what would become
    of a contact with these needs in `queue`."""

    contact_id: Name = ""
    pool: Name = ""
    channel: Channel = Channel.CHAT
    synthetic: bool = False


class CommandTaken(msgspec.Struct, kw_only=True, frozen=True):
    """200 of the commands above. `verdict` is accepted, or null where the pool did not answer in time: an
    agent then hears of a refusal in its feed, under `request_id`. `lease_s` is how long presence lasts."""

    request_id: str
    verdict: Verdict | None = None
    lease_s: float | msgspec.UnsetType = msgspec.UNSET
