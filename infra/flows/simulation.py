"""A call in a flow without a platform: decided by the very rules of the conversations. Pure."""

from collections.abc import Mapping
from typing import NamedTuple, TypedDict

import msgspec

from schemas.calls import QueueHome
from schemas.codec import Tick
from schemas.conversation import (
    CallInput,
    CommandAnswered,
    ContactAssigned,
    ContactEnded,
    ConversationCommand,
    EndConversation,
    StartCall,
)
from schemas.flows import Flow
from schemas.ids import session_id
from streams.conversations.decider import ConversationsDecider
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Moment

HANGUP = "hangup"
QUEUE_SAYS = {"closed": "closed_hours", "full": "refused", "late": "expired"}
"""What a queue may answer, and the reason by which it says so."""

_TICK_S = 5
_POOL = "pool"


class _Asked(TypedDict):
    session_id: str
    request_id: str
    reply_to: str


class Heard(NamedTuple):
    """How the call stands, and what is played."""

    status: str
    node: str
    prompt: str
    reason: str
    attributes: Mapping[str, str]


class Simulation:
    """One call; `now_ms` is its clock (Unix), `waiting` how many wait by queue."""

    def __init__(self, flow: Flow, now_ms: int, waiting: Mapping[str, int]) -> None:
        self.now_ms, self.waiting = now_ms, dict(waiting)
        decider = ConversationsDecider()
        self._rules = decider.rules[max(decider.rules)]
        self._flow = flow
        self._session = session_id(0, now_ms, 1)
        state = decider.new(self._session, 0, Life.ABSENT)
        assert isinstance(state, Conversation)
        self._state, self._said = state, 0

    def begin(self) -> Heard:
        """The call comes in."""
        homes = {queue: QueueHome(queue, _POOL, 0) for queue in self._flow.queues}
        start = StartCall(
            **self._asked(), customer_id="caller", flow=self._flow, homes=homes, waiting=self.waiting
        )
        return self._hear(start)

    def say(self, said: str) -> Heard:
        """Digits or words; "" is silence."""
        return self._hear(self._input(said))

    def stands(self) -> Heard:
        """As the telephone system asks while its caller waits."""
        return self._hear(self._input(None))

    def hang_up(self) -> Heard:
        """The caller is gone."""
        heard = self._hear(EndConversation(**self._asked(), reason=HANGUP))
        return heard._replace(prompt="")

    def queue_says(self, word: str) -> Heard:
        """The queue answers as QUEUE_SAYS has it, or with `agent`, who takes the call. Raises ValueError
        while the call is in no queue."""
        if not self.waits:
            raise ValueError("the call is in no queue")
        leg = self._state.leg
        assert leg is not None
        of = {
            "session_id": self._session,
            "contact_id": leg.contact_id,
            "pool": _POOL,
            "pool_partition": 0,
        }
        if word == "agent":
            self._decide(ContactAssigned(**of, agent_id="agent", agent_name="Agent"))  # type: ignore[arg-type]
        else:
            self._decide(ContactEnded(**of, outcome="canceled", reason=QUEUE_SAYS[word]))  # type: ignore[arg-type]
        return self.stands()

    def later(self, seconds: int) -> None:
        """Time passes, and nobody says anything."""
        for _ in range(max(seconds // _TICK_S, 1)):
            self.now_ms += min(seconds, _TICK_S) * 1000
            self._decide(Tick())

    @property
    def attributes(self) -> Mapping[str, str]:
        """What the flow has learned."""
        return self._state.attributes

    @property
    def waits(self) -> bool:
        """Whether it is in a queue."""
        return self._state.state is not None and self._state.state.value in ("waiting", "offered")

    @property
    def ended(self) -> str:
        """How it ended; empty while it goes on. What an agent is to call back is `scheduled`."""
        state = self._state.state.value if self._state.state else ""
        if state == "closed":
            return self._state.status.value
        return state if self._state.deferred else ""

    def _input(self, said: str | None) -> CallInput:
        asked = self._asked()
        return CallInput(**asked, message_id=asked["request_id"], input=said, waiting=self.waiting)

    def _asked(self) -> _Asked:
        self._said += 1
        return _Asked(session_id=self._session, request_id=str(self._said), reply_to="terminal")

    def _hear(self, command: ConversationCommand) -> Heard:
        answer = next(one for one in self._decide(command) if isinstance(one, CommandAnswered))
        told = answer.call
        return Heard(
            answer.status or self.ended,
            told.node if told else "",
            told.prompt if told else "",
            answer.reason,
            self._state.attributes,
        )

    def _decide(self, command: ConversationCommand) -> list[msgspec.Struct]:
        moment = Moment(self.now_ms, self.now_ms)
        return [one.record for one in self._rules.step(self._state, command, moment)]
