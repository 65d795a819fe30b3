"""A customer's data is given out and erased, through every process, and stays away."""

import asyncio
import http.client
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from tests.end_to_end.clients import Reply, begin, call, history, post
from tests.end_to_end.test_contact import customer
from tests.end_to_end.test_transcripts import rates, until_state
from tests.platform import Platform
from tests.waiting import until

WORDS = "my number is 010-1234-5678"


def export(platform: Platform, who: str, query: str = "") -> list[dict[str, Any]]:
    """The lines of the export."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=20)
    connection.request("GET", f"/admin/customers/{who}/export{query}")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-type")) == (200, "application/x-ndjson")
    lines = [json.loads(line) for line in answer.read().splitlines()]
    connection.close()
    return lines


def erase(platform: Platform, who: str) -> dict[str, Any]:
    """The erasure, once it is done."""
    reply = call(platform, "POST", f"/admin/customers/{who}/erase")
    assert reply.status in (200, 202), reply
    found: list[Reply] = [reply]

    def is_done() -> bool:
        if found[-1].status != 200:
            found.append(call(platform, "GET", f"/admin/erasures/{reply.body['id']}"))
        return found[-1].status == 200

    asyncio.run(until(is_done, 20, "the erasure is not done"))
    body: dict[str, Any] = found[-1].body
    return body


def test_a_customer_is_exported_and_erased_and_stays_away(platform: Platform) -> None:
    who = customer()
    over, live = begin(platform, who, WORDS), begin(platform, who, WORDS)
    assert post(platform, "/chat/end", session_id=over).status == 200
    until_state(platform, over, "closed")
    rates(platform, over, 4, 200)
    asyncio.run(until(lambda: "rating" in (history(platform, over) or {}), 20, "the rating is not stored"))
    asyncio.run(until(lambda: bool(history(platform, live)), 20, "the session is not stored"))

    lines = export(platform, who)
    assert [line["kind"] for line in lines[:3]] == ["customer", "consultation", "consultation"]
    rows = {line["row"]["session_id"]: line["row"] for line in lines if line["kind"] == "consultation"}
    assert rows.keys() == {over, live}
    assert [rows[over]["messages"][0]["text"], rows[over]["rating_comment"]] == [WORDS, "thanks"]
    hidden = json.dumps(export(platform, who, "?redact=true"))
    assert over in hidden
    assert not [word for word in (WORDS, "thanks", who) if word in hidden]

    done = erase(platform, who)
    assert (done["state"], done["erased"]["customers"], done["erased"]["consultations"]) == ("done", 1, 2)
    assert done["erased"]["messages"] >= 2
    ahead = datetime.fromisoformat(done["topics_until"]) - datetime.now(UTC)
    assert timedelta(days=7) < ahead < timedelta(days=9)

    with redis.Redis.from_url(platform.stack.redis.address) as feeds:

        def is_forgotten() -> bool:
            kept = [feeds.xrange(f"session:{session}") for session in (over, live)]
            return WORDS not in str(kept) and who not in str(feeds.mget(f"status:session:{live}"))

        asyncio.run(until(is_forgotten, 20, "Redis keeps what was said"))
    until_state_is_over(platform, live)
    assert {line["kind"] for line in export(platform, who)} <= {"audit"}
    assert history(platform, live) is None
    again = erase(platform, who)["erased"]
    assert set(again.values()) == {0}
    # Who comes again is a new customer.
    anew = begin(platform, who, "hello again")
    asyncio.run(until(lambda: bool(history(platform, anew)), 20, "the new session is not stored"))


def until_state_is_over(platform: Platform, session: str) -> None:
    """What was open takes nothing any more."""

    def is_over() -> bool:
        return post(platform, "/chat/message", session_id=session, message="more").status in (404, 409)

    asyncio.run(until(is_over, 20, "the session goes on"))
