"""From a customer's call to somebody's endpoint, through the whole platform."""

import asyncio
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from tests.platform import Platform
from tests.waiting import until
from tests.workers.webhooks.receiver import receiving
from workers.webhooks.signing import sign


async def post(platform: Platform, path: str, body: object) -> dict[str, Any]:
    """A call of the platform's gateway that succeeds."""

    def call() -> dict[str, Any]:
        request = Request(
            platform.base_url + path, msgspec.json.encode(body), {"Content-Type": "application/json"}
        )
        with urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = msgspec.json.decode(answer.read())
        return found

    return await asyncio.to_thread(call)


def test_a_chat_is_heard_of(platform: Platform) -> None:
    async def story() -> None:
        with receiving() as receiver:
            made = await post(platform, "/admin/webhooks", {"url": receiver.url("/")})
            started = await post(platform, "/chat/start", {"customer_id": "hooked", "message": "Hello"})
            session = started["session_id"]
            await post(platform, "/agent/connect", {"session_id": session, "queue": "beta"})
            await post(platform, "/chat/end", {"session_id": session})

            def heard() -> dict[str, dict[str, Any]]:
                events = [call.event for call in receiver.calls]
                return {
                    event["type"]: event for event in events if event["data"].get("session_id") == session
                }

            await until(lambda: len(heard()) == 4, 20, "not all of it was heard")
            assert heard().keys() == {
                "conversation.started",
                "contact.requested",
                "contact.ended",
                "conversation.closed",
            }
            ended = heard()["contact.ended"]["data"]
            assert (ended["outcome"], ended["reason"]) == ("canceled", "customer_abandoned")
            assert heard()["conversation.closed"]["data"]["status"] == "abandoned"
            assert heard()["conversation.started"]["data"]["customer_id"] == "hooked"
            headers, body = receiver.calls[0].headers, receiver.calls[0].body
            signature = sign(made["secret"], headers["webhook-id"], int(headers["webhook-timestamp"]), body)
            assert headers["webhook-signature"] == signature
            await asyncio.to_thread(_remove, platform, made["id"])

    asyncio.run(story())


def _remove(platform: Platform, endpoint: int) -> None:
    with urlopen(Request(f"{platform.base_url}/admin/webhooks/{endpoint}", method="DELETE"), timeout=10):
        pass
