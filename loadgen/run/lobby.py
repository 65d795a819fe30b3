"""Customers who wait for an agent: until one is assigned, or until their patience is over."""

from collections.abc import Collection
from random import Random

from loadgen.engine import Answer
from loadgen.profiles.model import Expect, Step
from loadgen.run import checks
from loadgen.run.meter import Meter
from loadgen.run.script import call
from loadgen.run.timers import Timers
from loadgen.run.user import User
from loadgen.times import Duration

_ABANDON = Step(
    "abandon",
    "POST",
    "/chat/end",
    body='{"session_id":"${waiting}"}',
    headers=(("Authorization", "Bearer ${token}"),),
    expect=Expect(present=("session_id",)),
)
_KEPT_EARLY = 20_000
_OUTCOMES = ("assigned", "queued", "refused")


class Lobby:
    """Counts contacts.queued (who had to wait), contacts.assigned, contacts.refused, contacts.abandoned.

    Without agents in the profile nobody waits. `patience` of nothing is endless.
    """

    def __init__(self, meter: Meter, timers: Timers, patience: Duration, staffed: bool, seed: int) -> None:
        self._meter = meter
        self._timers = timers
        self._patience = patience
        self._staffed = staffed
        self._rng = Random(f"{seed}:patience")
        self._leave = call(_ABANDON, {"waiting"})
        self._waiting: dict[str, User] = {}
        self._early: dict[str, None] = {}

    def waits(self, user: User, answer: Answer, now: float) -> bool:
        """Takes the answer to a request for an agent; True: the user is told when it may go on."""
        told = checks.fields(answer.body) if answer.ok else {}
        status, session = told.get("status"), told.get("session_id")
        if status not in _OUTCOMES or not isinstance(session, str):
            return False
        self._meter.count(f"contacts.{status}")
        if status != "queued":
            return False
        if session in self._early:  # the agent's feed was faster
            del self._early[session]
            self._meter.count("contacts.assigned")
            return False
        if not self._staffed:
            return False
        self._wait(user, session, now)
        return True

    def assigned(self, sessions: Collection[str], now: float) -> None:
        """Agents were assigned these sessions; some may be of other generators' customers."""
        for session in sessions:
            user = self._waiting.pop(session, None)
            if user:
                self._meter.count("contacts.assigned")
                user.resume(now)
            else:
                self._early[session] = None
        while len(self._early) > _KEPT_EARLY:
            del self._early[next(iter(self._early))]

    def close(self, now: float) -> None:
        """Who still waits leaves."""
        for session in list(self._waiting):
            self._give_up(session, now)

    def _wait(self, user: User, session: str, now: float) -> None:
        user.values["waiting"] = session
        self._waiting[session] = user
        if self._patience.a or self._patience.b:
            due = now + self._patience.draw(self._rng)
            self._timers.at(due, lambda at: self._give_up(session, at))

    def _give_up(self, session: str, now: float) -> None:
        user = self._waiting.pop(session, None)
        if user and not user.dead:
            self._meter.count("contacts.abandoned")
            user.leave(self._leave, now)
