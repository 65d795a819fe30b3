"""Contacts of two generators on the real platform: agents of both take them, customers learn of it."""

import uvloop

from loadgen.agents import seats
from loadgen.agents.pools import read_pools
from loadgen.profiles.model import Agents, Expect, Mode, Profile, Retry, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Plan, execute
from loadgen.settings import agent_token
from loadgen.times import Duration
from tests.loadgen.run.profiles import kinds, total
from tests.platform import Platform

KINDS = ("ok", "shed")
SESSION = '"session_id":"${session}"'
STEPS = (
    Step(
        "start",
        "POST",
        "/chat/start",
        body='{"customer_id":"${run}-${number}","message":"Hello"}',
        expect=Expect(present=("session_id",)),
        save={"session": "session_id"},
        needed=True,
    ),
    Step(
        "connect",
        "POST",
        "/agent/connect",
        body="{" + SESSION + ',"queue":"support"}',
        expect=Expect(present=("status",)),
        think=Duration("fixed", 0.1),
        needed=True,
    ),
    Step(
        "message",
        "POST",
        "/chat/message",
        body="{" + SESSION + ',"message":"Where is it?","message_id":"${uuid}"}',
        expect=Expect(present=("message_id",)),
        think=Duration("uniform", 0.1, 0.3),
        times=2,
    ),
    Step("end", "POST", "/chat/end", body="{" + SESSION + "}"),
)


def test_contacts_of_two_generators_on_the_platform(platform: Platform) -> None:
    chosen = tuple(seats(uvloop.run(read_pools(platform.stack.kafka.address)), "support")[:6])
    profile = Profile(
        "contacts",
        Mode.CONTACTS,
        (Stage(2, 10),),
        STEPS,
        start=10,
        agents=Agents(handling=Duration("fixed", 120.0)),
        patience=Duration("fixed", 55.0),
        retry=Retry(8, Duration("fixed", 0.25)),
    )
    tokens = tuple(agent_token(platform.secret, seat.agent_id, seat.pool, seat.partition) for seat in chosen)
    plan = Plan(
        profile, platform.base_url, "r1", processes=2, seats=chosen, agent_tokens=tokens, grace_s=60.0
    )
    windows: list[Window] = []
    outcome = uvloop.run(execute(plan, windows.append))
    assert outcome.complete
    assert outcome.breaches == ()
    all_of_it = total(windows)
    counts, requests = all_of_it.counts, kinds(all_of_it)
    assert all_of_it.begun == all_of_it.iterations == 20
    assert counts["contacts.assigned"] == requests["connect", "ok"], (counts, requests)
    # A busy machine's platform may shed some requests, however often they come back.
    assert counts["contacts.assigned"] >= 10, (counts, requests)
    assert counts["agents.accept"] >= counts["contacts.assigned"]
    assert requests["message", "ok"] > counts["contacts.assigned"], (counts, requests)
    # An agent who still has contacts of an earlier test may end one before its customer does.
    assert requests.keys() - {("end", "conflict")} <= {(step.name, kind) for step in STEPS for kind in KINDS}
