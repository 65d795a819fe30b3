"""One user, or one contact: a state machine that goes from answer to answer, without a task of its own."""

from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from loadgen.engine import Answer, Failure
from loadgen.run import checks
from loadgen.run.ledger import SESSION
from loadgen.run.script import Call, Request

if TYPE_CHECKING:
    from loadgen.run.crew import Crew

_BREATH_S = 0.1
"""After a connection that could not be opened, where no think time would come anyway."""
_PAUSE_S = 0.001


class User:
    """Goes through the crew's calls once for each `begin`, then tells the crew that it is `over`.

    Every request has an intended time: of the first it is when the iteration should begin, of a later one
    when the think time before it is over, or, without one, when the answer before came.
    """

    __slots__ = (
        "_asked",
        "_attempt",
        "_call",
        "_crew",
        "_due",
        "_left",
        "_own_rng",
        "_request",
        "_sent",
        "_step",
        "dead",
        "iteration",
        "values",
        "vu",
        "wanted",
    )  # fmt: skip

    def __init__(self, crew: "Crew", vu: int) -> None:
        self.vu = vu
        self.iteration = -1
        self.values: dict[str, str] = {}
        self.wanted = True
        """Shall begin anew when it is over."""
        self.dead = False
        """Whatever comes is counted, and nothing follows it."""
        self._crew = crew
        self._own_rng: Random | None = None

    @property
    def _rng(self) -> Random:
        """Its own choices, the same in each run of one seed; made when first needed, as it costs 10 µs."""
        if self._own_rng is None:
            self._own_rng = Random(hash((self._crew.seed, self.vu)))
        return self._own_rng

    def begin(self, due: float, number: int) -> None:
        """A new iteration, intended at `due`; `number` is its own in the whole run."""
        crew = self._crew
        self.iteration += 1
        if crew.named:
            self.values = {
                "run": crew.run,
                "vu": str(self.vu),
                "iteration": str(self.iteration),
                "number": str(number),
                "token": crew.token(self.vu),
            }
        self._step, self._left, self._attempt, self._sent = -1, 0, 0, False
        self.go_on(due)

    def go_on(self, due: float) -> None:
        """The next request, intended at `due`; none is left: the iteration is over."""
        if self.dead:
            return
        calls = self._crew.calls
        while not self._left:
            self._step += 1
            if self._step >= len(calls):
                self._end(due)
                return
            call = self._call = calls[self._step]
            self._left = call.whole
            if call.chance and self._rng.random() < call.chance:
                self._left += 1
        self._left -= 1
        self._attempt = 0
        self._ask(due)

    def leave(self, call: Call, due: float) -> None:
        """Makes this one call in the place of all that are left."""
        self._step, self._left, self._attempt = len(self._crew.calls), 0, 0
        self._call = call
        self._ask(due)

    def resume(self, now: float) -> None:
        """Who had to wait for an agent goes on, with the think time that follows the call."""
        think = self._call.think
        self._crew.timers.at(now + (think.draw(self._rng) if think else 0.0), self.go_on)

    def _end(self, due: float) -> None:
        if self._sent:
            self._crew.over(self, due)
        else:  # by chance it had nothing to do; without a pause it might go in circles
            self._sent = True
            self._crew.timers.at(due + _PAUSE_S, self._end)

    def _ask(self, due: float) -> None:
        try:
            request = self._call.request(self)
        except KeyError:
            self._crew.meter.count("steps.left_out")
            self._crew.timers.at(due + _PAUSE_S, self.go_on)
            return
        self._send(request, due)

    def _send(self, request: Request, due: float) -> None:
        self._request = request
        self._due = due
        self._sent = True
        self._asked = perf_counter()
        self._crew.client.send(*request[:4], self._done, request.headers)

    def _done(self, answer: Answer) -> None:
        crew, call, due = self._crew, self._call, self._due
        if answer.failure is Failure.CLOSED:  # by us, at the run's end: says nothing of the target
            crew.meter.count("requests.interrupted")
            return
        kind = call.check(answer)
        response_s = self._asked - due + answer.waited_s + answer.latency_s
        meter = crew.meter
        meter.record(
            due, call.name, kind, answer.latency_s, response_s, len(answer.body), len(self._request.body)
        )
        now = due + response_s
        if answer.failure:
            meter.unanswered = True
        else:
            meter.answered_at, meter.unanswered = now, False
        if self.dead:
            return
        if kind is not checks.OK and self._retried(kind, now):
            return
        self._after(call, answer, kind, now)

    def _retried(self, kind: str, now: float) -> bool:
        """A shed or failed request comes back later."""
        retry = self._crew.retry
        if not retry or self._attempt >= retry.times or kind in ("conflict", "client_error", checks.WRONG):
            return False
        self._attempt += 1
        self._crew.meter.count("retries")
        self._crew.timers.at(now + retry.after.draw(self._rng), self._again)
        return True

    def _again(self, due: float) -> None:
        if not self.dead:
            self._send(self._request, due)

    def _after(self, call: Call, answer: Answer, kind: str, now: float) -> None:
        crew = self._crew
        if kind is checks.OK:
            if call.save:
                self._keep(call, answer)
        elif call.needed:
            self._step, self._left = len(crew.calls), 0
        if call.connects and crew.waits(self, answer, now):
            return
        if call.think:
            crew.timers.at(now + call.think.draw(self._rng), self.go_on)
        elif answer.failure in (Failure.REFUSED, Failure.UNTRUSTED):
            crew.timers.at(now + _BREATH_S, self.go_on)
        else:
            self.go_on(now)

    def _keep(self, call: Call, answer: Answer) -> None:
        found = checks.fields(answer.body)
        for name, of in call.save:
            value = found.get(of)
            if value is not None:
                self.values[name] = value if isinstance(value, str) else _text(value)
        if self._crew.ledger and any(name == SESSION for name, _ in call.save):
            self._crew.ledger.add(self.values[SESSION])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
