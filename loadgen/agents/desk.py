"""What one agent does when: frames in, frames out, with the time given. Pure but for its seeded random."""

import heapq
from collections import Counter
from random import Random
from typing import NamedTuple

from loadgen import frames
from loadgen.agents.book import WRAPPING, Book, Breach, Sequence
from loadgen.agents.manner import Manner
from loadgen.frames import FromAgent
from schemas.assignments import (
    AgentFeed,
    AgentState,
    AssignmentEnded,
    AssignmentMade,
    CommandRefused,
    OfferMade,
)
from schemas.conversation import MessageAdded
from schemas.states import ContactState, Role

_ASK_STATE_S = 1.0


class _Due(NamedTuple):
    at: float
    nth: int
    act: str
    contact_id: str
    text: str = ""


class Desk:
    """The agent's plans. Frames are lost while the socket is down, so every command without effect is
    repeated later; the platform takes repeats for what they are."""

    def __init__(self, book: Book, manner: Manner, rng: Random) -> None:
        self.book = book
        self.next_due = float("inf")
        self.counts: Counter[str] = Counter()
        self.sessions: dict[str, Sequence] = {}
        self._manner = manner
        self._rng = rng
        self._plans: list[_Due] = []
        self._made = 0
        self._complete_at: dict[str, float] = {}
        self._says_at: dict[str, float] = {}
        self._asked_state = 0.0

    def opened(self) -> list[FromAgent]:
        """The socket is open: who comes again says what was seen last. The gateway says the presence."""
        if self.book.last_seq is None:
            return []
        seen = {session: seq.last for session, seq in self.sessions.items() if seq.last is not None}
        return [frames.Resume(agent_seq=self.book.last_seq, sessions=seen)]

    def entry(self, seq: int, entry: AgentFeed, now: float) -> tuple[list[FromAgent], list[Breach]]:
        """An entry of the agent's feed came."""
        breaches = self.book.apply(seq, entry)
        if breaches and breaches[0].kind == "repeat":
            return [], breaches
        self.counts[str(entry.__struct_config__.tag)] += 1
        match entry:
            case OfferMade():
                self._plan("accept", entry.contact_id, now + self._manner.accept.draw(self._rng))
            case AssignmentMade():
                self._begin(entry.contact_id, now)
            case AssignmentEnded(reason=reason) if reason == WRAPPING:
                self._wrap_up(entry.contact_id, now)
            case AgentState():
                self._take_over(now)
            case CommandRefused():
                return self._refused(now), breaches
            case _:
                pass
        self._forget_others()
        return self.tick(now), breaches

    def message(self, seq: int, message: MessageAdded, now: float) -> list[Breach]:
        """A message of a session came; of sessions that the agent has left, a few may still come."""
        contact = self._contact_of(message.session_id)
        if not contact:
            return []
        who = f"session {message.session_id} at {self.book.agent}"
        breach = self.sessions.setdefault(message.session_id, Sequence(who)).see(seq)
        if breach and breach.kind == "repeat":
            return [breach]
        self.counts["message"] += 1
        if message.role == Role.CUSTOMER and message.kind == "text":
            self._customer_said(contact, message.text, now)
        return [breach] if breach else []

    def tick(self, now: float) -> list[FromAgent]:
        """Everything that is due at `now` (the same clock for all calls, seconds)."""
        out: list[FromAgent] = []
        while self._plans and self._plans[0].at <= now:
            out += self._act(heapq.heappop(self._plans), now)
        self.next_due = self._plans[0].at if self._plans else float("inf")
        return out

    def hurry(self, now: float) -> None:
        """Complete all that is held as soon as possible; for the end of a run."""
        for contact in self.book.held:
            self._complete(contact, now)

    def _begin(self, contact: str, now: float) -> None:
        self._plan("say", contact, now, self._manner.greeting)
        self._complete(contact, now + self._manner.handling.draw(self._rng))

    def _wrap_up(self, contact: str, now: float) -> None:
        self._complete(contact, now + self._manner.wrap_up.draw(self._rng))

    def _take_over(self, now: float) -> None:
        """Goes on with what the agent holds already, after a break or a restart."""
        for contact in self.book.held.values():
            if contact.state == ContactState.RESERVED:
                self._plan("accept", contact.contact_id, now)
            elif contact.state == ContactState.WRAPPING:
                self._wrap_up(contact.contact_id, now)
            elif contact.contact_id not in self._complete_at:
                self._begin(contact.contact_id, now)

    def _customer_said(self, contact: str, text: str, now: float) -> None:
        reply = self._manner.reply(text)
        if reply:
            self._reply(contact, now + self._manner.reply_delay.draw(self._rng), reply)
        if self._manner.patient:
            self._complete(contact, now + self._manner.handling.draw(self._rng))

    def _reply(self, contact: str, at: float, text: str) -> None:
        """Never before the answer to an earlier message."""
        at = max(at, self._says_at.get(contact, at))
        self._says_at[contact] = at
        self._plan("say", contact, at, text)

    def _refused(self, now: float) -> list[FromAgent]:
        """Something is not as thought: ask for the state, not too often."""
        if now < self._asked_state + _ASK_STATE_S:
            return []
        self._asked_state = now
        return [frames.SayPresence(request_id=self._id())]

    def _act(self, due: _Due, now: float) -> list[FromAgent]:
        held = self.book.held.get(due.contact_id)
        if not held:
            return []
        if due.act == "say":
            message_id = f"{due.contact_id}-{self.book.agent}-{due.nth}"
            return [frames.Say(session_id=held.session_id, message=due.text, message_id=message_id)]
        if due.act == "accept":
            if held.state != ContactState.RESERVED:
                return []
            self._plan("accept", due.contact_id, now + self._manner.retry_s)
            return [
                frames.Accept(contact_id=due.contact_id, offer_epoch=held.offer_epoch, request_id=self._id())
            ]
        if now < self._complete_at.get(due.contact_id, now):
            return []
        self._complete(due.contact_id, now + self._manner.retry_s)
        return [frames.Complete(contact_id=due.contact_id, request_id=self._id())]

    def _complete(self, contact: str, at: float) -> None:
        self._complete_at[contact] = at
        self._plan("complete", contact, at)

    def _plan(self, act: str, contact: str, at: float, text: str = "") -> None:
        self._made += 1
        heapq.heappush(self._plans, _Due(at, self._made, act, contact, text))
        self.next_due = self._plans[0].at

    def _contact_of(self, session: str) -> str:
        return next((one.contact_id for one in self.book.held.values() if one.session_id == session), "")

    def _forget_others(self) -> None:
        held = self.book.held
        if len(self._complete_at) > len(held):
            self._complete_at = {one: at for one, at in self._complete_at.items() if one in held}
        if len(self._says_at) > len(held):
            self._says_at = {one: at for one, at in self._says_at.items() if one in held}
        if len(self.sessions) > len(held):
            live = {contact.session_id for contact in held.values()}
            self.sessions = {one: seen for one, seen in self.sessions.items() if one in live}

    def _id(self) -> str:
        self._made += 1
        return f"{self.book.agent}-{self._made}"
