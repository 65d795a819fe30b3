"""POST /agent/presence, /agent/heartbeat, /agent/accept, /agent/reject, /agent/complete, /agent/transfer."""

from functools import partial

from gateway.agent_commands import By, Spoken, Tenure, to_command
from gateway.answers import Answer
from gateway.pools import command_pool, place_of
from gateway.security.tokens import Claims
from gateway.state import Gateway


async def say(gateway: Gateway, body: Spoken, claims: Claims, traceparent: str) -> Answer:
    """Answers with the pool's verdict, or without one where none comes in time. Raises Refused."""
    settings = gateway.settings
    by = By(claims.pool, claims.sub, *gateway.origin())
    # Of all that one agent says by calls the latest counts: they share a lease, as if they were a socket.
    tenure = Tenure(f"api:{claims.sub}", settings.api_lease_s)
    command = to_command(body, by, tenure, partial(place_of, gateway))
    return await command_pool(gateway, command, claims.place, settings.reply_wait_s, traceparent)
