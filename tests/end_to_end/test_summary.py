"""The operational summary follows what happens, through every process."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from tests.end_to_end.clients import begin, call, post, post_as
from tests.end_to_end.test_contact import customer
from tests.platform import AGENTS, Platform
from tests.waiting import until

AGENT, QUEUE, POOL = "alpha-34", "alpha", "pool-alpha"


def summary(platform: Platform) -> dict[str, Any]:
    answer = call(platform, "GET", "/monitoring/metrics")
    assert answer.status == 200, answer
    return dict(answer.body)


def queue(found: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in found["queues"] if one["now"]["queue"] == QUEUE)


def agents(found: dict[str, Any]) -> dict[str, int]:
    return next(dict(one["agents"]) for one in found["pools"] if one["pool"] == POOL)


def shows(platform: Platform, condition: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
    """The summary once it is so."""
    last: dict[str, Any] = {}

    def holds() -> bool:
        last.update(summary(platform))
        return condition(last)

    asyncio.run(until(holds, 15, f"the summary does not show {what}"))
    return last


def test_a_contact_is_seen_waiting_offered_served_and_answered(platform: Platform) -> None:
    shows(
        platform,
        lambda found: {"pool-support", POOL, "pool-beta"} <= {one["pool"] for one in found["pools"]},
        "pools",
    )
    before = queue(summary(platform))
    assert sum(agents(summary(platform)).values()) == AGENTS
    session = begin(platform, customer())
    assert post(platform, "/agent/connect", session_id=session, queue=QUEUE).status == 200
    found = shows(
        platform, lambda found: queue(found)["now"]["waiting"] == before["now"]["waiting"] + 1, "who waits"
    )
    assert queue(found)["now"]["longest_wait_s"] > 0
    assert post_as(platform, AGENT, "/agent/presence", presence="routable").status == 200
    try:
        shows(platform, lambda found: agents(found)["offered"] == 1, "the offer")
        said = {"contact_id": f"{session}.1", "offer_epoch": 1}
        assert post_as(platform, AGENT, "/agent/accept", **said).status == 200
        found = shows(platform, lambda found: agents(found)["serving"] == 1, "who serves")
        assert queue(found)["now"]["waiting"] == before["now"]["waiting"]
        shows(
            platform,
            lambda found: queue(found)["recent"]["answered"] == before["recent"]["answered"] + 1,
            "the answer",
        )
        assert post_as(platform, AGENT, "/agent/complete", contact_id=f"{session}.1").status == 200
        shows(platform, lambda found: agents(found)["available"] == 1, "who is free")
    finally:
        post_as(platform, AGENT, "/agent/presence", presence="offline")
        post(platform, "/chat/end", session_id=session)


def test_it_is_fresh_and_says_lag_and_rates(platform: Platform) -> None:
    found = shows(platform, lambda found: found["rates"]["requests_per_s"] > 0, "its own requests")
    assert {"aicc-conversations", "aicc-routing", "persister", "notifier", "webhooks", "responder"} == {
        one["stage"] for one in found["lag"]
    }
    assert found["gateways"] == 1
    ages: list[float] = []
    while len(ages) < 30:
        found = summary(platform)
        ages.append(time.time() - min(one["at_ms"] for one in found["pools"]) / 1000)
        time.sleep(0.05)
    ages.sort()
    assert ages[len(ages) // 2] < 1.0, ages
