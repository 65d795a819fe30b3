"""GET /monitoring/metrics."""

from starlette.types import Receive, Scope, Send

from gateway.answers import Refused, send_answer
from gateway.state import gateway_of


class Monitoring:
    """An ASGI endpoint: the operational summary."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents."""
        try:
            answer = await gateway_of(scope).summaries.answer()
        except Refused as refused:
            answer = refused.answer
        await send_answer(send, answer)
