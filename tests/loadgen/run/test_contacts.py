"""Contacts with agents against the stand-in: waiting, patience, agents who leave, and other processes."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvloop

from loadgen.agents import Seat, Team, quick
from loadgen.profiles.model import Agents, Mode, Profile, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Control, Outcome, Plan, execute
from loadgen.settings import agent_token
from loadgen.times import Duration
from tests.loadgen.run.profiles import kinds, profile, total
from tests.loadgen.servers import Served, served
from tests.loadgen.stand_in import CAPACITY, SECRET

SESSION = '{"session_id":"${session}"}'
STEPS = (
    Step("start", "POST", "/chat/start", body="{}", save={"session": "session_id"}, needed=True),
    Step("connect", "POST", "/agent/connect", body=SESSION),
    Step(
        "message",
        "POST",
        "/chat/message",
        body='{"session_id":"${session}","message":"Hello","message_id":"${uuid}"}',
        times=2,
        think=Duration("fixed", 0.01),
    ),
    Step("end", "POST", "/chat/end", body=SESSION),
)

STAYING = (*STEPS[:2], replace(STEPS[2], times=1, think=Duration("fixed", 1.0)))
"""The customer never ends the chat."""


@pytest.fixture
def server() -> Iterator[Served]:
    with served("tests.loadgen.stand_in:app") as running:
        yield running


def contacts(count: int, agents: Agents | None, patience: float = 0.0) -> Profile:
    """That many within half a second."""
    given = profile(Mode.CONTACTS, Stage(0.5, 2 * count), start=2 * count, steps=STEPS)
    return replace(given, agents=agents, patience=Duration("fixed", patience))


def planned(given: Profile, url: str, seats: int, processes: int = 0) -> Plan:
    chosen = tuple(Seat(f"agent-{number}", "demo", 0, CAPACITY) for number in range(1, seats + 1))
    tokens = tuple(agent_token(SECRET, seat.agent_id, seat.pool, seat.partition) for seat in chosen)
    return Plan(given, url, "r1", processes=processes, seats=chosen, agent_tokens=tokens, grace_s=5.0)


def run(plan: Plan) -> tuple[Outcome, Window]:
    windows: list[Window] = []
    outcome = uvloop.run(execute(plan, windows.append))
    return outcome, total(windows)


@pytest.mark.parametrize("processes", [0, 2])
def test_customers_wait_until_they_are_assigned(server: Served, processes: int) -> None:
    agents = Agents(handling=Duration("fixed", 60.0), accept=Duration("fixed", 0.1))
    outcome, all_of_it = run(planned(contacts(10, agents), server.url, 4, processes))
    assert outcome.complete
    assert outcome.breaches == ()
    assert all_of_it.counts["contacts.queued"] == all_of_it.counts["contacts.assigned"] == 10
    assert all_of_it.counts["agents.accept"] >= 10
    assert kinds(all_of_it)["message", "ok"] == 20
    assert kinds(all_of_it)["end", "ok"] == 10
    assert all_of_it.iterations == 10


def test_agents_of_a_generator_stay_for_the_others_customers(server: Served) -> None:
    agents = Agents(handling=Duration("fixed", 60.0))
    given = profile(Mode.CONTACTS, Stage(1.0, 2.0), start=2.0, steps=STEPS)
    steps = (*STEPS[:2], replace(STEPS[2], times=1, think=Duration("fixed", 0.7)), STEPS[3])
    # The only agent is the first generator's, whose customer comes and goes half a second before the other.
    outcome, all_of_it = run(planned(replace(given, agents=agents, steps=steps), server.url, 1, 2))
    assert outcome.complete
    assert all_of_it.counts["contacts.assigned"] == 2
    assert kinds(all_of_it)["end", "ok"] == 2


def test_who_ends_after_the_agent_did_is_a_conflict(server: Served) -> None:
    agents = Agents(handling=Duration("fixed", 0.0))
    given = contacts(5, agents)
    steps = (*STEPS[:2], replace(STEPS[2], times=1, think=Duration("fixed", 0.6)), STEPS[3])
    _, all_of_it = run(planned(replace(given, steps=steps), server.url, 2))
    assert kinds(all_of_it)["end", "conflict"] == 5


def test_patience_ends_and_so_does_the_contact(server: Served) -> None:
    agents = Agents(seats=1, handling=Duration("fixed", 30.0))
    given = replace(contacts(10, agents, patience=0.3), steps=STAYING)
    _, all_of_it = run(planned(given, server.url, 1))
    assert all_of_it.counts["contacts.assigned"] == CAPACITY
    assert all_of_it.counts["contacts.abandoned"] == 10 - CAPACITY
    assert kinds(all_of_it)["abandon", "ok"] == 10 - CAPACITY
    assert kinds(all_of_it)["message", "ok"] == CAPACITY


def test_without_agents_nobody_waits(server: Served) -> None:
    _, all_of_it = run(planned(contacts(5, None), server.url, 0))
    assert all_of_it.counts["contacts.queued"] == 5
    assert kinds(all_of_it)["end", "ok"] == 5


def test_who_still_waits_at_the_end_leaves(server: Served) -> None:
    async def stopping() -> Outcome:
        agents = Agents(seats=1, handling=Duration("fixed", 30.0))
        given = replace(contacts(6, agents), steps=STAYING, limit_s=60)
        control = Control()
        asyncio.get_running_loop().call_later(1.5, control.stop)
        return await execute(planned(given, server.url, 1), windows.append, control)

    windows: list[Window] = []
    assert uvloop.run(stopping()).interrupted
    counts = total(windows).counts
    assert counts["contacts.abandoned"] == counts["contacts.queued"] - counts["contacts.assigned"] > 0


def test_a_part_of_the_team_leaves_and_stays_away(server: Served) -> None:
    async def leaving() -> None:
        plan = planned(contacts(1, None), server.url, 4)
        async with Team(server.url, SECRET, plan.seats, quick(Duration("fixed", 1)), 1) as team:
            assert await team.present(10)
            team.part(3)
            assert (len(team), team.known) == (1, 1)

    uvloop.run(leaving())


def test_half_of_the_agents_leave_at_their_time(server: Served) -> None:
    agents = Agents(handling=Duration("fixed", 0.1), leave=0.5, leave_at_s=0.1)
    _, all_of_it = run(planned(contacts(12, agents), server.url, 2))
    assert all_of_it.counts["contacts.assigned"] == 12
    assert all_of_it.counts["agents.left"] == 1


def test_too_few_agents_are_said_before_the_run() -> None:
    plan = planned(contacts(1, Agents(seats=5)), "http://127.0.0.1:1", 2)
    with pytest.raises(ValueError, match="needs 5 agents for the queue 'support'; there are 2"):
        uvloop.run(execute(plan, lambda _: None))


def test_agents_who_can_not_sign_in_are_said(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadgen.run.floor.PRESENT_S", 0.5)
    plan = replace(planned(contacts(1, Agents()), server.url, 2), agent_tokens=("no", "token"))
    with pytest.raises(ValueError, match="Only 0 of 2 agents could sign in"):
        uvloop.run(execute(plan, lambda _: None))
