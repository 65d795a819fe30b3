"""How long a socket of staff may stay open: as long as its token is good, or a newer one is shown."""

import asyncio
import time
from http import HTTPStatus

from gateway.answers import Refused
from gateway.realtime.frames import TokenAccepted, TokenEnding, text_of
from gateway.realtime.outlet import End, Outlet
from gateway.security.access import LOCAL, Caller, staff_of
from gateway.security.tokens import Role
from gateway.state import Gateway


class Stay:
    """Tells the socket some time before its token is over, and then that it has to go. Its bearer has one of
    `roles`, with every token."""

    def __init__(self, gateway: Gateway, caller: Caller, outlet: Outlet, *roles: Role) -> None:
        self._gateway = gateway
        self._roles = roles
        self._caller = caller
        self._outlet = outlet
        self._changed = asyncio.Event()
        self._out = False

    async def run(self) -> None:
        """Ends the socket when the token is over, its grace too, or its bearer has signed out."""
        if self._caller is LOCAL:
            return
        leave = self._gateway.sign_outs.listen(self._caller.sub, self._sign_out)
        try:
            while not self._out:
                settings = self._gateway.settings
                if await self._renewed(self._caller.exp - settings.token_warn_s):
                    continue
                self._outlet.push(text_of(TokenEnding(expires_at=self._caller.exp)))
                if not await self._renewed(self._caller.exp + settings.token_grace_s):
                    break
        finally:
            leave()
        self._outlet.finish(End.TOKEN_OVER)

    def renew(self, token: str, ref: str) -> None:
        """From here on this token counts. Raises Refused (401, 403), also for another's."""
        caller = staff_of(self._gateway, token, *self._roles)
        if (caller.sub, caller.pool or self._caller.pool) != (self._caller.sub, self._caller.pool):
            raise Refused(HTTPStatus.FORBIDDEN, "The token is another's")
        self._caller = caller
        self._changed.set()
        self._outlet.push(text_of(TokenAccepted(expires_at=caller.exp, ref=ref)))

    def _sign_out(self) -> None:
        """Of a sign-out that is told again, as after a loss of Redis, a newer token hears nothing."""
        if self._gateway.sign_outs.covers(self._caller):
            self._out = True
            self._changed.set()

    async def _renewed(self, until: float) -> bool:
        """Waits until that time, Unix seconds, for a newer token or the end."""
        self._changed.clear()
        try:
            async with asyncio.timeout(max(0.0, until - time.time())):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
