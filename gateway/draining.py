"""uvicorn's server, which takes leave of sockets before it closes what is open."""

import socket

import uvicorn

from gateway.state import Gateway

_DRAIN_S = 2.0


class DrainingServer(uvicorn.Server):
    """At a stop sockets hear where they stand and go first, while calls are still taken; then uvicorn takes
    no more and waits for those that are under way."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """From the signal to the end of the lifespan."""
        gateway: Gateway | None = self.lifespan.state.get("gateway")
        if gateway is not None and not self.force_exit:
            await gateway.lines.drain(_DRAIN_S)
        await super().shutdown(sockets)
