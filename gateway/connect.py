"""POST /agent/connect."""

from gateway.answers import Answer, ok
from gateway.chat import addressed, refusal
from gateway.commands import connect_agent
from gateway.needs import check_skills, request_of
from gateway.pools import place_of
from gateway.replies import connected_or_refused
from gateway.state import Gateway
from schemas.api import AgentConnect, Connected
from schemas.conversation import CommandAnswered, ConnectAgent


async def connect(gateway: Gateway, body: AgentConnect, traceparent: str) -> Answer:
    """Waits a while for an agent to accept; else the customer is queued. Raises Refused."""
    command = _command(gateway, body)
    post = addressed(command, traceparent)
    with gateway.replies.expect(command.request_id, connected_or_refused) as waiting:
        await gateway.send(post)
        answer = await gateway.hear(waiting, gateway.settings.connect_wait_s)
    return refusal(answer) or ok(connected(body.session_id, answer))


def connected(session_id: str, answer: CommandAnswered | None) -> Connected:
    """The body of the 200."""
    if answer is None:
        return Connected(status="queued", session_id=session_id)
    return Connected(
        status=answer.status or "queued",
        session_id=session_id,
        agent_id=answer.agent_id or None,
        agent_name=answer.agent_name or None,
        position=answer.position,
        estimated_wait_s=answer.estimated_wait_s,
        estimated_wait_high_s=answer.estimated_wait_high_s,
        reason=answer.reason or None,
    )


def _command(gateway: Gateway, body: AgentConnect) -> ConnectAgent:
    place = place_of(gateway, body.queue)
    asks = request_of(body, place.queue)
    check_skills(asks, gateway.directory.pool(place.pool))
    return connect_agent(body.session_id, place, asks, gateway.origin())
