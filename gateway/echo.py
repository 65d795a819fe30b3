"""POST /bench/echo: what the bench compares /chat/start with; there only with AICC_BENCH=1."""

from gateway.answers import Answer, ok
from gateway.state import Gateway
from schemas.api import ChatStart, ChatStarted

_ID = "00000000-0000-7000-8000-000000000000"
_TOKEN = "1790000000." + "A" * 32


async def echo(_: Gateway, body: ChatStart, traceparent: str) -> Answer:
    """The body has been read and checked as that of /chat/start; the answer is as long as its answer."""
    return ok(ChatStarted(session_id=_ID, token=_TOKEN))
