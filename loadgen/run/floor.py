"""The simulated agents of one generator: its share of the profile's."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from typing import Self

from loadgen.agents import Team, quick
from loadgen.profiles.model import Agents
from loadgen.run.plan import Plan
from loadgen.run.ramp import Share
from schemas.ids import session_of

PRESENT_S = 20.0
_KINDS = ("sent.", "breach.", "sockets.")

Tell = Callable[[list[str]], None]


class NotPresent(ValueError):
    """Agents could not sign in, so the run would not be what its profile says."""


class Floor:
    """Present while in its context; entering it raises NotPresent. `tell` gets sessions as they are assigned,
    some at once."""

    def __init__(self, plan: Plan, agents: Agents, share: Share, tell: Tell) -> None:
        self._agents = agents
        self._tell = tell
        self._told: list[str] = []
        self._before: Counter[str] = Counter()
        wanted = list(zip(plan.seats, plan.agent_tokens, strict=True))[: agents.seats or None]
        mine = dict(wanted[share.nth :: share.of])
        self.team = Team(
            plan.url,
            "",
            mine,
            quick(agents.handling)._replace(accept=agents.accept),
            plan.seed,
            assigned=self._assigned,
            token=mine.__getitem__,
            tls=plan.tls,
        )

    async def __aenter__(self) -> Self:
        await self.team.__aenter__()
        if not await self.team.present(PRESENT_S):
            said = f"{self.team.known} of {len(self.team)} agents could sign in within {PRESENT_S:g} s"
            await self.team.__aexit__()
            raise NotPresent(f"Only {said}; are their tokens the target's?")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.team.__aexit__()

    def leave(self) -> None:
        """The profile's share of them goes and stays away."""
        count = math.ceil(len(self.team) * self._agents.leave)
        self.team.part(count)
        self.team.counts["sent.left"] += count

    def counts(self) -> dict[str, int]:
        """What they did since the last call: agents.<command>, agents.breach.<kind>, agents.sockets.<end>."""
        now = Counter(self.team.counts)
        new = now - self._before
        self._before = now
        found = {}
        for name, count in new.items():
            if name.startswith(_KINDS):
                found["agents." + name.removeprefix("sent.")] = count
        return found

    def _assigned(self, contact: str, _: str) -> None:
        if not self._told:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._told.append(session_of(contact))

    def _pass_on(self) -> None:
        told, self._told = self._told, []
        self._tell(told)
