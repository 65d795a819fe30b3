"""Commands of conversations become arrivals: what came when, over which channel, and what it did. Pure."""

from dataclasses import dataclass, field
from hashlib import blake2b

from loadgen.recording.arrivals import Arrival
from schemas.conversation import (
    CallInput,
    ConnectAgent,
    ConversationCommand,
    EndConversation,
    PostMessage,
    StartCall,
    StartChat,
)
from schemas.states import Role

_DIGITS = 3


@dataclass
class _Contact:
    came_ms: int
    who: str
    channel: str
    last_ms: int
    queue: str = ""
    steps: list[tuple[str, float]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


class Hearing:
    """Hears the records of [begin_ms, end_ms), each session's in order. Ids leave it only as digests under
    `salt`. Contacts that had begun before are left out, and so are synthetic ones unless they are wanted."""

    def __init__(self, begin_ms: int, end_ms: int, salt: bytes, *, synthetic: bool = False) -> None:
        self._begin_ms, self._end_ms = begin_ms, end_ms
        self._salt = salt
        self._synthetic = synthetic
        self._contacts: dict[str, _Contact] = {}

    def __len__(self) -> int:
        return len(self._contacts)

    def hear(self, command: ConversationCommand, at_ms: int) -> None:
        """The next record, appended at `at_ms` (Unix, broker time)."""
        if not self._begin_ms <= at_ms < self._end_ms:
            return
        match command:
            case StartChat() | StartCall():
                self._came(command, at_ms)
            case PostMessage(role=Role.CUSTOMER):
                self._did(command.session_id, "message", command.message_id, at_ms)
            case ConnectAgent():
                if self._did(command.session_id, "connect", command.request_id, at_ms):
                    self._contacts[command.session_id].queue = command.queue
            case CallInput():
                if command.input is not None:
                    self._did(command.session_id, "ivr", command.message_id, at_ms)
            case EndConversation(reason="customer"):
                self._did(command.session_id, "end", "end", at_ms)
            case _:
                pass

    def arrivals(self) -> list[Arrival]:
        """What was heard, in the order of coming."""
        return [
            Arrival(
                at=_seconds(one.came_ms - self._begin_ms),
                who=one.who,
                channel=one.channel,
                queue=one.queue,
                steps=tuple(one.steps),
            )
            for one in sorted(self._contacts.values(), key=lambda one: one.came_ms)
        ]

    def _came(self, command: StartChat | StartCall, at_ms: int) -> None:
        if command.session_id in self._contacts or (command.synthetic and not self._synthetic):
            return
        channel, first = ("voice", "ivr") if isinstance(command, StartCall) else (command.channel, "start")
        digest = blake2b(command.customer_id.encode(), digest_size=8, key=self._salt).hexdigest()
        contact = _Contact(at_ms, digest, channel, at_ms)
        contact.steps.append((first, 0.0))
        self._contacts[command.session_id] = contact

    def _did(self, session_id: str, kind: str, identity: str, at_ms: int) -> bool:
        """False for what is of no contact heard of, or was said again."""
        contact = self._contacts.get(session_id)
        if contact is None or (identity and identity in contact.seen):
            return False
        contact.seen.add(identity)
        contact.steps.append((kind, _seconds(max(at_ms - contact.last_ms, 0))))
        contact.last_ms = at_ms
        return True


def _seconds(ms: int) -> float:
    return round(ms / 1000, _DIGITS)
