"""An agent's presence for as long as its socket is open: said, leased, renewed, and ended."""

import asyncio
import logging
from random import uniform
from uuid import uuid4

from gateway.answers import Refused
from gateway.commands import to_pool
from gateway.security.tokens import Claims
from gateway.state import Gateway
from runtime.about import about
from schemas.routing import ByAgent, RenewLease, SetPresence
from schemas.states import Presence

log = logging.getLogger(__name__)
_AGAIN_S = 1.0


class Lease:
    """The presence of one agent's socket."""

    def __init__(self, gateway: Gateway, claims: Claims) -> None:
        self.socket = uuid4().hex
        self._gateway = gateway
        self._claims = claims
        self._lease_s = gateway.settings.lease_s

    async def keep(self) -> None:
        """Says that the agent is here until the log has it, then renews, until cancelled."""
        every_s = self._gateway.settings.lease_every_s
        while not await self._sent(self._presence(Presence.ROUTABLE, opens=True)):
            await asyncio.sleep(_AGAIN_S)
        # The leases of agents that came at one moment are not renewed at one moment.
        await asyncio.sleep(uniform(0.0, every_s))
        while True:
            renewed = await self._sent(
                RenewLease(
                    pool=self._claims.pool,
                    agent_id=self._claims.sub,
                    socket=self.socket,
                    lease_s=self._lease_s,
                )
            )
            await asyncio.sleep(every_s if renewed else _AGAIN_S)

    async def end(self) -> None:
        """The socket is closed. Where this is lost, the lease runs out."""
        await self._sent(self._presence(Presence.OFFLINE, "socket closed"))

    def _presence(self, presence: Presence, reason: str = "", *, opens: bool = False) -> SetPresence:
        return SetPresence(
            pool=self._claims.pool,
            agent_id=self._claims.sub,
            presence=presence,
            reason=reason,
            socket=self.socket,
            lease_s=self._lease_s,
            opens=opens,
        )

    async def _sent(self, command: ByAgent) -> bool:
        try:
            await self._gateway.send(to_pool(command, self._claims.place, uuid4().hex))
        except Refused as refused:
            log.warning("presence is not in the log: %s", refused, extra=about(agent=self._claims.sub))
            return False
        return True
