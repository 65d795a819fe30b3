"""What all users of one generator share, and how they begin and end."""

from collections.abc import Callable
from time import perf_counter

from loadgen.engine import Answer, Client
from loadgen.profiles.model import Mode
from loadgen.run.ledger import Ledger
from loadgen.run.meter import Meter
from loadgen.run.plan import Plan
from loadgen.run.ramp import Line, Share, Times
from loadgen.run.script import compiled
from loadgen.run.timers import Timers
from loadgen.run.user import User

_AT_ONCE = 100
_WAITING = (Mode.CONTACTS, Mode.REPLAY)

Waits = Callable[[User, Answer, float], bool]


class Crew:
    """The users of one generator; `began` is the run's beginning on perf_counter's clock.

    `waits` says whether a user has to wait for an agent; who lets it go on calls `User.resume`.
    """

    waits: Waits

    def __init__(
        self, plan: Plan, share: Share, client: Client, meter: Meter, timers: Timers, began: float
    ) -> None:
        self.run = plan.run
        self.seed = plan.seed
        self.calls = compiled(plan.profile.steps)
        self.named = any(call.fixed is None for call in self.calls) or plan.profile.mode in _WAITING
        """Users need their values."""
        self.retry = plan.profile.retry
        self.ledger: Ledger | None = None
        self.client = client
        self.meter = meter
        self.timers = timers
        self.live: set[User] = set()
        self.offering = True
        self.waits = lambda user, answer, now: False
        self._plan = plan
        self._share = share
        self._began = began

    def start(self) -> None:
        """Offers load from the run's beginning on."""
        raise NotImplementedError

    def over(self, user: User, due: float) -> None:
        """The user's iteration has ended; a next one would be due at `due`."""
        raise NotImplementedError

    def finish(self, now: float) -> None:
        """Nothing that is due after `now` begins; what is under way goes to its end."""
        self.offering = False
        for user in self.live:
            user.wanted = False

    def kill(self) -> None:
        """Who is still there goes no further."""
        for user in list(self.live):
            self._drop(user)

    def token(self, vu: int) -> str:
        """The token of this user."""
        tokens = self._plan.tokens
        return tokens[vu % len(tokens)] if tokens else ""

    def _made(self, vu: int) -> User:
        user = User(self, vu)
        self.live.add(user)
        self.meter.vus += 1
        return user

    def _drop(self, user: User) -> None:
        user.dead = True
        if user in self.live:
            self.live.discard(user)
            self.meter.vus -= 1


class Closed(Crew):
    """ramping-vus: users come and go along the line. Who shall go ends the iteration, within the grace."""

    def __init__(
        self, plan: Plan, share: Share, client: Client, meter: Meter, timers: Timers, began: float, line: Line
    ) -> None:
        super().__init__(plan, share, client, meter, timers, began)
        self._users: dict[int, User] = {}
        self._leaves: dict[int, float] = {}
        self._begun = 0
        self._changes = line.changes(plan.profile.start, share)

    def start(self) -> None:
        self._next()

    def over(self, user: User, due: float) -> None:
        self.meter.window.iterations += 1
        if user.wanted:
            self._begin(user, due)
        else:
            self._drop(user)

    def _next(self) -> None:
        change = next(self._changes, None)
        if change:
            at, vu, up = change
            self.timers.at(self._began + at, lambda due: self._change(due, vu, up))

    def _change(self, due: float, vu: int, up: bool) -> None:
        if not self.offering:
            return
        user = self._users.get(vu)
        if up and user and not user.dead:
            user.wanted = True
        elif up:
            user = self._users[vu] = self._made(vu)
            self._begin(user, due)
        elif user:
            user.wanted = False
            self._leaves[vu] = due
            self.timers.at(due + self._plan.grace_s, lambda _: self._hurry(user, due))
        self._next()

    def _hurry(self, user: User, told: float) -> None:
        """The grace is over, unless the user was wanted again since it was told to go."""
        if not user.wanted and self._leaves.get(user.vu) == told:
            self._drop(user)

    def _begin(self, user: User, due: float) -> None:
        window = self.meter.window
        window.begun += 1
        window.intended += 1
        number = self._begun * self._share.of + self._share.nth
        self._begun += 1
        user.begin(due, number)


class Open(Crew):
    """Arrivals at their times, however long the ones before take."""

    def __init__(
        self,
        plan: Plan,
        share: Share,
        client: Client,
        meter: Meter,
        timers: Timers,
        began: float,
        line: Line | Times,
    ) -> None:
        super().__init__(plan, share, client, meter, timers, began)
        self._most = max(plan.max_vus // share.of, 1)
        self._arrivals = line.arrivals(share)
        self._number, self._due = 0, 0.0

    def start(self) -> None:
        self._next()
        self._wait()

    def over(self, user: User, due: float) -> None:
        self.meter.window.iterations += 1
        self._drop(user)

    def _next(self) -> None:
        self._number, at = next(self._arrivals, (0, float("inf")))
        self._due = self._began + at

    def _wait(self) -> None:
        if self._due < float("inf"):
            self.timers.at(self._due, self._arrive)

    def finish(self, now: float) -> None:
        while self._due <= now:
            self._launch(self._number, self._due)
            self._next()
        super().finish(now)

    def _arrive(self, _: float) -> None:
        """All that are due by now, together, but never so many that answers wait to be read."""
        if not self.offering:
            return
        now = perf_counter()
        self.meter.roll(now)
        for _nth in range(_AT_ONCE):
            if self._due > now:
                break
            self._launch(self._number, self._due)
            self._next()
        self._wait()

    def _launch(self, number: int, due: float) -> None:
        window = self.meter.window
        if len(self.live) >= self._most:
            window.dropped += 1
            return
        window.begun += 1
        window.lateness.add(perf_counter() - due)
        self._made(number).begin(due, number)
