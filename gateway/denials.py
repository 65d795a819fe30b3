"""uvicorn's WebSocket protocol, for which a client's mistakes are no errors of ours."""

import logging
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.realtime.inbox import Inbox

_NO_UTF8 = "Invalid UTF-8 sequence"


class DeniesQuietly(WebSocketsSansIOProtocol):
    """uvicorn takes a handshake that was answered with a denial for one that was never answered."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = Inbox()  # type: ignore[assignment]

    async def send(self, message: ASGISendEvent) -> None:
        """What the application says."""
        await super().send(message)
        if self.initial_response and self.close_sent:
            self.handshake_complete = True


def is_ours(record: logging.LogRecord) -> bool:
    """For uvicorn's logger: not what a client sent, which is answered with 1007."""
    return not str(record.msg).startswith(_NO_UTF8)
