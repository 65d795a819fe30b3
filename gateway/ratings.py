"""POST /chat/rating."""

from gateway.answers import Answer, busy, ok
from gateway.chat import ask, refusal
from gateway.state import Gateway
from schemas.api import ChatRating, Rated
from schemas.conversation import RateConversation


async def rate(gateway: Gateway, body: ChatRating, traceparent: str) -> Answer:
    """Takes a conversation's first rating, and the same again. Raises Refused; 503 where no verdict comes in
    time: it may be said again."""
    command = RateConversation(
        session_id=body.session_id,
        rating=body.rating,
        comment=body.comment,
        **gateway.origin()._asdict(),
    )
    answer = await ask(gateway, command, traceparent)
    if answer is None:
        raise busy("It is not known yet whether this counts: say it again")
    return refusal(answer) or ok(Rated(session_id=body.session_id, rating=body.rating))
