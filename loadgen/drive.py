"""A short stream of whole contacts, and the check that all of it was kept."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from loadgen.agents import Breach, Seat, Team, quick
from loadgen.calls import Calls
from loadgen.contacts import Customer, Ending, Run, Script
from loadgen.engine import Client, arrivals, arrive
from loadgen.engine.schedule import constant
from loadgen.history import await_terminal
from loadgen.journal import Entry, Journal
from loadgen.listener import Heard
from loadgen.times import Duration
from loadgen.verify import Findings, Item, compare, total
from schemas.ids import session_of
from schemas.states import ConsultationStatus

PRESENT_S = 20.0
_THINK = Duration("uniform", 0.1, 0.5)
_HANDLING = Duration("lognormal", 1.0, 0.5)
_ENDINGS = {Ending.AGENT: 7, Ending.CUSTOMER: 2, Ending.ABANDON: 1}


@dataclass(frozen=True)
class Plan:
    """What to drive. `rate` in contacts a second; `settle_s` bounds the wait for the last of them."""

    gateway: str
    contacts: int
    rate: float
    seed: int
    queue: str
    settle_s: float = 30.0
    journal: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of it. `breaches` is what agents and customers saw on their sockets."""

    offered: int
    accepted: int
    assigned: int
    statuses: Counter[str]
    rows: int
    calls: Calls
    findings: Findings
    breaches: list[Breach]
    all_present: bool

    @property
    def fine(self) -> bool:
        """Something was accepted, and nothing lost, doubled or left out."""
        return self.accepted > 0 and self.findings.clean and not self.breaches

    @property
    def completed(self) -> int:
        """Contacts that an agent completed."""
        return self.statuses[ConsultationStatus.COMPLETED]


@dataclass(frozen=True)
class Watcher:
    """Called as things go on."""

    started: Callable[[], None] = lambda: None
    left: Callable[[], None] = lambda: None
    stored: Callable[[], None] = lambda: None


async def drive(plan: Plan, secret: str, seats: list[Seat], watcher: Watcher) -> Outcome:
    """Drives the plan against a running platform; failures of the platform end up in the outcome."""
    return await _Stream(plan, watcher).run(secret, seats)


class _Stream:
    def __init__(self, plan: Plan, watcher: Watcher) -> None:
        self._plan = plan
        self._watcher = watcher
        self._rng = Random(plan.seed)
        self._calls = Calls()
        self._journal = Journal(plan.journal)
        self._heard = Heard()
        self._customers: list[Customer] = []
        self._assigned: set[str] = set()

    async def run(self, secret: str, seats: list[Seat]) -> Outcome:
        plan = self._plan
        team = Team(plan.gateway, secret, seats, quick(_HANDLING), plan.seed, self._told, self._ended)
        async with team, Client(plan.gateway, connections=256, timeout_s=15.0) as client:
            present = await team.present(PRESENT_S)
            await self._all_customers(client)
            entries = self._journal.entries
            read = await await_terminal(client, self._calls, entries, plan.settle_s, self._watcher.stored)
            await team.drained(plan.settle_s)
        self._journal.close()
        return self._outcome(read, self._heard.breaches + team.close_books(), present)

    async def _all_customers(self, client: Client) -> None:
        shared = Run(self._plan.gateway, client, self._calls, self._journal, self._heard)
        tasks: list[asyncio.Task[Entry | None]] = []

        def launch(_: float) -> None:
            number = len(tasks) + 1
            customer = Customer(self._script(number), shared, Random(f"{self._plan.seed}:{number}"))
            self._customers.append(customer)
            task = asyncio.create_task(customer.run())
            task.add_done_callback(lambda _: self._watcher.left())
            tasks.append(task)
            self._watcher.started()

        plan = self._plan
        await arrive(arrivals([constant(plan.rate, plan.contacts / plan.rate)]), launch)
        await asyncio.gather(*tasks)

    def _script(self, number: int) -> Script:
        rng = self._rng
        return Script(
            customer_id=f"demo-{self._plan.seed}-{number}",
            queue=self._plan.queue,
            messages_before=rng.randint(0, 2),
            messages_after=rng.randint(1, 3),
            think=_THINK,
            ending=rng.choices(list(_ENDINGS), list(_ENDINGS.values()))[0],
        )

    def _told(self, contact: str, _: str) -> None:
        self._assigned.add(session_of(contact))

    def _ended(self, contact: str, reason: str) -> None:
        if reason == "completed":
            session = session_of(contact)
            for customer in self._customers:
                if customer.session_id == session:
                    customer.finished.set()

    def _outcome(
        self, read: list[tuple[Entry, list[Item]]], breaches: list[Breach], present: bool
    ) -> Outcome:
        sessions = {entry.session_id for entry, _ in read}
        assigned = {entry.session_id for entry, _ in read if entry.connect_status == "assigned"}
        return Outcome(
            offered=len(self._customers),
            accepted=len(read),
            assigned=len(self._assigned & sessions | assigned),  # feeds also tell of earlier streams
            statuses=Counter(items[0].status for _, items in read if items),
            rows=sum(1 + len(item.messages) for _, items in read for item in items),
            calls=self._calls,
            findings=total(compare(entry, items) for entry, items in read),
            breaches=breaches,
            all_present=present,
        )
