"""One contact of the traffic as a state machine: which call is next, and what an answer means. Pure."""

from enum import StrEnum
from typing import NamedTuple

from loadgen import bodies
from loadgen.engine import Answer
from loadgen.journal import Entry
from schemas.api import ChatStarted, Connected, MessageAccepted

_GONE = (404, 409)


class Step(StrEnum):
    """The contact's next call."""

    START = "start"
    CONNECT = "connect"
    MESSAGE = "message"
    END = "end"
    OVER = "over"


class Call(NamedTuple):
    """A POST to make."""

    step: Step
    path: str
    body: bytes


class LiveContact:
    """Starts, asks for an agent, writes until it ends. A call that failed is made again with the same
    message_id, as a client does that does not know whether it arrived."""

    def __init__(self, number: int, queue: str, life_s: float) -> None:
        self.number = number
        self.entry: Entry | None = None
        self.over = False
        self._queue = queue
        self._life_s = life_s
        self._step = Step.START
        self._ends_at = float("inf")
        self._written = 0

    @property
    def live(self) -> bool:
        """Started with 200 and not over."""
        return self.entry is not None and not self.over

    def call(self, now: float) -> Call | None:
        """What to send now (any clock, seconds); None once it is over."""
        if self.over:
            return None
        if self._step == Step.MESSAGE and now >= self._ends_at:
            self._step = Step.END
        session = self.entry.session_id if self.entry else ""
        match self._step:
            case Step.START:
                return Call(Step.START, bodies.START, bodies.start(f"load-{self.number}", "Hello"))
            case Step.CONNECT:
                return Call(Step.CONNECT, bodies.CONNECT, bodies.connect(session, self._queue))
            case Step.MESSAGE:
                text = f"Line {self._written} of customer {self.number}"
                return Call(Step.MESSAGE, bodies.MESSAGE, bodies.message(session, text, self._message_id))
            case _:
                return Call(Step.END, bodies.END, bodies.end(session))

    def started(self, answer: Answer) -> ChatStarted | None:
        """The body of a good answer to START."""
        return bodies.read(answer, ChatStarted)

    def begin(self, entry: Entry, now: float) -> None:
        """START was answered 200."""
        self.entry, self._step = entry, Step.CONNECT
        self._ends_at = now + self._life_s

    def answered(self, step: Step, answer: Answer, unix_s: float) -> None:
        """Takes the answer to any other step. 404 and 409 say that the conversation is over, but for
        CONNECT, where 409 says that an earlier try had arrived."""
        entry = self.entry
        assert entry
        if step == Step.CONNECT:
            self._connected(entry, answer, unix_s)
        elif step == Step.MESSAGE and (accepted := bodies.read(answer, MessageAccepted)):
            entry.accepted.append((self._message_id, accepted.seq))
            self._written += 1
        elif step == Step.END and answer.ok:
            entry.ended_by_customer, entry.ended_at, self.over = True, unix_s, True
        elif answer.status in _GONE:
            self.leave(unix_s)

    def leave(self, unix_s: float) -> None:
        """The conversation was ended by somebody else."""
        self.over = True
        if self.entry:
            self.entry.ended_at = unix_s

    def hurry(self) -> None:
        """End it as soon as possible."""
        self._ends_at = 0.0
        if self._step == Step.START:
            self.over = True
        else:
            self._step = Step.END

    @property
    def _message_id(self) -> str:
        return f"c{self.number}-{self._written + 1}"

    def _connected(self, entry: Entry, answer: Answer, unix_s: float) -> None:
        if connected := bodies.read(answer, Connected):
            entry.connected, entry.connected_at = True, unix_s
            entry.connect_status = connected.status
        if answer.status == 404:
            self.leave(unix_s)
        elif (answer.ok or answer.status == 409) and self._step == Step.CONNECT:
            self._step = Step.MESSAGE
