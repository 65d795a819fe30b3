"""uvicorn's server, which takes leave of sockets before it closes what is open."""

import socket
from time import monotonic

import uvicorn

from gateway.state import Gateway

_LEAST_S = 1


class DrainingServer(uvicorn.Server):
    """At a stop sockets hear where they stand and go first, while calls are still taken; then uvicorn takes
    no more and waits for those that are under way. Half of `graceful_stop_s` is for the first at the most."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """From the signal to the end of the lifespan."""
        gateway: Gateway | None = self.lifespan.state.get("gateway")
        if gateway is not None and not self.force_exit:
            whole_s = gateway.settings.graceful_stop_s
            began = monotonic()
            gateway.polls.ending.set()
            await gateway.lines.drain(whole_s / 2)
            self.config.timeout_graceful_shutdown = max(_LEAST_S, round(whole_s - (monotonic() - began)))
        await super().shutdown(sockets)
