"""Customers and the bot, through every process: it answers, is killed, and is not there at all."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from gateway.security.tokens import agent_claims, sign
from infra.config_publish import apply
from schemas.config import Agent, BotConfig, Configuration, PoolConfig, Queue
from tests.end_to_end.clients import Frame, call, history, post
from tests.platform import Platform
from tests.waiting import until

QUEUE = "zeta"
POOL = PoolConfig(
    pool="pool-zeta",
    partition=3,
    queues=(Queue(name=QUEUE, auto_accept=True, wrap_up_s=0.0),),
    agents=(Agent(id="zeta-1", name="Zeta 1", queues=(QUEUE,), capacity=5),),
    bot=BotConfig(queues=(QUEUE,), answer_s=60.0),
)
IMPATIENT = BotConfig(queues=(QUEUE,), answer_s=1.0)


def served(platform: Platform, bot: BotConfig) -> None:
    """From here on new chats are served so."""
    pool = PoolConfig(**{name: getattr(POOL, name) for name in POOL.__struct_fields__} | {"bot": bot})
    asyncio.run(apply(platform.stack.kafka.address, Configuration(pools=(pool,)), "tests"))

    def is_known() -> bool:
        reply = call(platform, "GET", f"/admin/config/{POOL.pool}")
        return reply.status == 200 and reply.body["bot"].get("answer_s", 10.0) == bot.answer_s

    asyncio.run(until(is_known, 20, "the gateway does not know of the bot"))


def begin(platform: Platform, message: str) -> str:
    reply = post(platform, "/chat/start", customer_id="c-bot", message=message, queue=QUEUE)
    assert reply.status == 200, reply
    return str(reply.body["session_id"])


def entries(platform: Platform, session: str) -> list[tuple[str, str]]:
    """Who said what, as the customer reads it."""
    reply = call(platform, "GET", f"/chat/{session}/messages")
    items = reply.body["items"] if reply.status == 200 else []
    return [(item["role"], item.get("text", "")) for item in items]


def said(platform: Platform, session: str, texts: int) -> list[str]:
    """The bot's texts, when there are so many."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [text for role, text in entries(platform, session) if role == "bot"]
        return len(found) >= texts

    asyncio.run(until(is_there, 60, f"the bot said {found}"))
    return found


def state(platform: Platform, session: str) -> Frame:
    reply = call(platform, "GET", f"/chat/{session}")
    return reply.body if reply.status == 200 else {}


@pytest.fixture
def responder(platform: Platform) -> Iterator[str]:
    platform.start("responder")
    try:
        yield "responder-0"
    finally:
        platform.end("responder-0")


def test_a_bot_that_is_killed_loses_and_doubles_nothing(platform: Platform, responder: str) -> None:
    served(platform, BotConfig(queues=(QUEUE,), answer_s=60.0))
    sessions = [begin(platform, "주문 취소해 주세요") for _ in range(10)]
    asyncio.run(platform.ready())
    assert len(said(platform, sessions[0], 1)) == 1
    sessions += [begin(platform, "주문 취소해 주세요") for _ in range(10)]
    platform.services[responder].kill()
    for session in sessions:
        assert "주문번호" in said(platform, session, 1)[0]
    first = sessions[0]
    assert post(platform, "/chat/message", session_id=first, message="1234-5678").status == 200
    assert "12345678" in said(platform, first, 2)[1]
    assert post(platform, "/chat/message", session_id=first, message="상담원 연결해 주세요").status == 200
    said(platform, first, 3)
    asyncio.run(until(lambda: state(platform, first).get("state") == "waiting", 20, "nobody is asked for"))
    assert all(len(said(platform, session, 1)) == 1 for session in sessions[1:])
    asyncio.run(until(lambda: bool(_note(platform, first)), 20, "the summary is not stored"))
    assert "order_number: 12345678" in _note(platform, first)
    assert "Customer: 1234-5678" not in str(entries(platform, first))
    for session in sessions:
        post(platform, "/chat/end", session_id=session)


def _note(platform: Platform, session: str) -> str:
    messages = (history(platform, session) or {}).get("messages", [])
    return next((one["text"] for one in messages if one.get("kind") == "note"), "")


def test_without_the_bot_an_agent_is_reached(platform: Platform) -> None:
    served(platform, IMPATIENT)
    token = sign(agent_claims("zeta-1", POOL, int(time.time()), 1.0), platform.secret)
    body = b'{"presence":"routable"}'
    assert call(platform, "POST", "/agent/presence", body, token=token).status == 200
    asked, waits = begin(platform, "hello"), begin(platform, "hello")
    assert post(platform, "/agent/connect", session_id=asked, queue=QUEUE).status == 200
    for session in (asked, waits):
        asyncio.run(
            until(lambda s=session: state(platform, s).get("agent_id") == "zeta-1", 20, "no agent")  # type: ignore[misc]
        )
        post(platform, "/chat/end", session_id=session)
    call(platform, "POST", "/agent/presence", b'{"presence":"offline"}', token=token)
