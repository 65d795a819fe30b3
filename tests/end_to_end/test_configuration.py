"""The configuration changes under a running platform, by the admin API and by aicc-config."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.security.tokens import agent_claims, sign
from schemas.config import PoolConfig
from tests.end_to_end.clients import Agent, Socket, begin, call, history, post
from tests.platform import Platform
from tests.waiting import until

Body = dict[str, Any]
PARTITION = 4
_numbers = itertools.count()


@pytest.fixture
def name() -> str:
    """A pool of the test's own, behind all others."""
    return f"zz-change-{next(_numbers)}"


def pool(name: str, queues: str, *agents: Body, **more: object) -> Body:
    """Queues and agents by short names."""
    rows = [{"name": f"{name}-{queue}", "offer_timeout_s": 30.0} for queue in queues.split()]
    people = [_agent(name, agent) for agent in agents]
    return {"pool": name, "partition": PARTITION, "queues": rows, "agents": people, **more}


def _agent(name: str, agent: Body) -> Body:
    queues = [f"{name}-{queue}" for queue in agent["queues"]]
    return agent | {"id": f"{name}-{agent['id']}", "name": agent["id"], "queues": queues}


def put(platform: Platform, body: Body) -> Any:
    return call(platform, "PUT", f"/admin/config/{body['pool']}", json.dumps(body).encode())


class Person(Agent):
    """An agent of a pool that a test has made."""

    def __init__(self, platform: Platform, pool: str, agent: str) -> None:
        self.agent_id = f"{pool}-{agent}"
        home = PoolConfig(pool=pool, partition=PARTITION)
        token = sign(agent_claims(self.agent_id, home, int(time.time()), 1.0), platform.secret)
        Socket.__init__(self, f"{platform.base_url.replace('http', 'ws')}/ws/agent?token={token}")


def online(agent: Agent) -> Agent:
    agent.entry("agent.state", presence="routable")
    return agent


def waiting(platform: Platform, queue: str) -> str:
    """A session that waits in the queue."""
    session = begin(platform, "changing")
    answer = post(platform, "/agent/connect", session_id=session, queue=queue)
    assert (answer.status, answer.body["status"], answer.body["position"] is not None) == (
        200,
        "queued",
        True,
    )
    return session


KIM: Body = {"id": "kim", "queues": ["a"]}


def test_contacts_of_a_deleted_queue_are_offered_in_the_one_they_move_to(
    platform: Platform, name: str
) -> None:
    lee: Body = {"id": "lee", "queues": ["b"]}
    assert put(platform, pool(name, "a b", KIM, lee)).status == 200
    session = waiting(platform, f"{name}-a")
    refused = put(platform, pool(name, "b", lee))
    assert refused.status == 422
    assert refused.body["detail"] == (
        f"pools[{name}].moves: queue '{name}-a' is deleted, but no move says which queue its contacts go to"
    )
    done = put(platform, pool(name, "b", lee, moves={f"{name}-a": f"{name}-b"}))
    assert done.status == 200, done
    with Person(platform, name, "lee") as agent:
        offer = online(agent).entry("offer.made", session_id=session)
        assert offer["queue"] == f"{name}-b"
        contact = agent.accept(session)
        agent.say(type="complete", contact_id=contact)
        agent.entry("assignment.ended", contact_id=contact, reason="completed")

    def stored() -> bool:
        found = history(platform, session) or {}
        return (found.get("state"), found.get("queue")) == ("closed", f"{name}-b")

    asyncio.run(until(stored, 20, "the consultation is not over in its new queue"))


def test_a_new_agent_and_a_new_queue_are_of_use_at_once(platform: Platform, name: str) -> None:
    assert put(platform, pool(name, "a", KIM)).status == 200
    first = waiting(platform, f"{name}-a")
    new: Body = {"id": "new", "queues": ["a", "c"], "capacity": 2}
    assert put(platform, pool(name, "a c", KIM, new)).status == 200
    second = waiting(platform, f"{name}-c")
    with Person(platform, name, "new") as agent:
        online(agent)
        assert {agent.entry("offer.made", session_id=one)["queue"] for one in (first, second)} == {
            f"{name}-a",
            f"{name}-c",
        }


def test_a_raised_capacity_is_used_at_once(platform: Platform, name: str) -> None:
    assert put(platform, pool(name, "a", KIM)).status == 200
    with Person(platform, name, "kim") as agent:
        online(agent)
        session = begin(platform, "changing")
        post(platform, "/agent/connect", session_id=session, queue=f"{name}-a")
        agent.accept(session)
        second = waiting(platform, f"{name}-a")
        assert put(platform, pool(name, "a", KIM | {"capacity": 2})).status == 200
        agent.accept(second)


@pytest.fixture
def command(platform: Platform, tmp_path: Path) -> Any:
    """aicc-config with a file."""

    def run(verb: str, body: Body, *options: str) -> "subprocess.CompletedProcess[str]":
        path = tmp_path / "config.yaml"
        path.write_text(json.dumps({"pools": [body]}))
        return subprocess.run(
            [str(Path(sys.executable).parent / "aicc-config"), verb, str(path), *options],
            check=False,
            env={**os.environ, **platform.environment},
            capture_output=True,
            text=True,
        )

    return run


def test_the_command_and_the_api_see_each_others_changes(platform: Platform, name: str, command: Any) -> None:
    assert put(platform, pool(name, "a", KIM)).status == 200
    assert command("diff", pool(name, "a", KIM)).returncode == 0
    done = command("apply", pool(name, "a b", KIM), "--author", "lee")
    assert done.returncode == 0, done

    def seen() -> bool:
        return len(call(platform, "GET", f"/admin/config/{name}").body["queues"]) == 2

    asyncio.run(until(seen, 5, "the gateway does not see the change"))
    assert put(platform, pool(name, "a b", KIM)).body["changed"] == 0
    assert put(platform, pool(name, "a b", KIM, lease_grace_s=3.0)).status == 200

    def audit() -> list[tuple[str, str, int]]:
        items = call(platform, "GET", f"/admin/config/audit?pool={name}").body["items"]
        return [(one["author"], one["source"], one["changed"]) for one in items]

    asyncio.run(until(lambda: len(audit()) == 3, 20, "the changes are not stored"))
    assert audit() == [("local", "api", 1), ("lee", "cli", 1), ("local", "api", 3)]
