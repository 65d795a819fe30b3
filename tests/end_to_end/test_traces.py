"""A contact's trace, from its requests to the rows and the sockets, as a collector gets it."""

import asyncio
import http.client
import json
import uuid
from collections.abc import Iterable

from tests.collector import Collected, Collector
from tests.end_to_end.clients import JSON, Agent, Customer
from tests.platform import Platform
from tests.waiting import until

QUEUE = "beta"
CALLER = "00f067aa0ba902b7"
Place = tuple[str, str]
"""A service, and what it does."""


def post_in(platform: Platform, trace: str, path: str, **fields: object) -> dict[str, str]:
    """A request of a client that is traced itself; its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=20)
    headers = {"content-type": JSON, "traceparent": f"00-{trace}-{CALLER}-01"}
    connection.request("POST", path, json.dumps(fields), headers)
    answer = connection.getresponse()
    found: dict[str, str] = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, found
    return found


def paths(spans: Iterable[Collected]) -> set[tuple[Place, ...]]:
    """From the client's request to each span, by services and names; a broken path is no path."""
    by_id = {one.span_id: one for one in spans}

    def path(one: Collected) -> tuple[Place, ...]:
        above = () if one.parent == CALLER else path(by_id[one.parent])
        return *above, (one.service.removeprefix("aicc-"), one.name)

    return {path(one) for one in by_id.values()}


START = (("gateway", "POST /chat/start"), ("gateway", "send conversation.commands"))
BEGUN = (
    *START,
    ("conversations", "process conversation.commands"),
    ("conversations", "send conversation.events"),
)
ASKED = (
    ("gateway", "POST /agent/connect"),
    ("gateway", "send conversation.commands"),
    ("conversations", "process conversation.commands"),
    ("conversations", "send routing.commands"),
    ("routing", "process routing.commands"),
    ("routing", "send agent.assignments"),
    ("notifier", "process agent.assignments"),
    ("gateway", "process nudge:agent"),
    ("gateway", "push agent"),
)
WHOLE = {
    (*BEGUN, ("persister", "process conversation.events"), ("persister", "BATCH INSERT postgresql")),
    (*BEGUN, ("notifier", "process conversation.events"), ("notifier", "EVALSHA redis")),
    ASKED,
}


def is_whole(collector: Collector, trace: str) -> bool:
    try:
        return paths(collector.trace(trace)) >= WHOLE
    except KeyError:  # a parent is still on its way
        return False


def test_a_contact_is_one_trace_to_its_rows_and_sockets(platform: Platform, collector: Collector) -> None:
    trace = uuid.uuid4().hex
    session = post_in(platform, trace, "/chat/start", customer_id="Traced Kim", message="hello there")[
        "session_id"
    ]
    with Customer(platform, session), Agent(platform, f"{QUEUE}-7") as agent:
        agent.entry("agent.state", presence="routable")
        post_in(platform, trace, "/agent/connect", session_id=session, queue=QUEUE)
        agent.say(type="complete", contact_id=agent.accept(session))
        agent.entry("assignment.ended")
    asyncio.run(until(lambda: is_whole(collector, trace), 20, "the trace is not whole"))
    spans = collector.trace(trace)
    assert not [one for one in spans if one.failed]
    assert all(one.took_ns >= 0 for one in spans)
    sends = [one for one in spans if one.name == "send conversation.commands"]
    assert {one.attributes["messaging.system"] for one in sends} == {"kafka"}
    assert "Kim" not in str(spans)
    assert "hello" not in str(spans)


def test_a_batch_and_its_records_link_to_each_other(platform: Platform, collector: Collector) -> None:
    trace = uuid.uuid4().hex
    post_in(platform, trace, "/chat/start", customer_id="c", message="hello")

    def stored() -> list[Collected]:
        return [one for one in collector.trace(trace) if one.service == "aicc-persister" and one.links]

    asyncio.run(until(lambda: bool(stored()), 20, "nothing is stored"))
    record = stored()[0]

    def batches() -> list[Collected]:
        return [one for one in collector.trace(record.links[0][0]) if one.links]

    asyncio.run(until(lambda: bool(batches()), 20, "no span of a batch"))
    batch = batches()[0]
    assert (batch.trace_id, batch.span_id) in record.links
    assert (trace, record.parent) in batch.links
    assert int(batch.attributes["messaging.batch.message_count"]) >= 1
