"""POST /callback: who waits may be called or written back instead, in turn or at a chosen time."""

from gateway.answers import Answer, bad_field, ok
from gateway.chat import ask, refusal
from gateway.pools import place_of
from gateway.state import Gateway, now_ms
from schemas.api_callback import CallbackAsk, CallbackTaken
from schemas.calls import QueueHome
from schemas.conversation import AskCallback


async def take(gateway: Gateway, body: CallbackAsk, traceparent: str) -> Answer:
    """Answers with the verdict, or without `status` where none comes in time. Raises Refused."""
    limit_s = gateway.settings.callback_expires_s
    if body.at_ms and not now_ms() - 60_000 <= body.at_ms <= now_ms() + limit_s * 1000:
        raise bad_field(f"A time from now on, within {limit_s / 3600:g} hours", "at_ms")
    origin, place = gateway.origin(), place_of(gateway, body.queue)
    command = AskCallback(
        session_id=body.session_id,
        message_id=body.message_id or origin.request_id,
        home=QueueHome(*place, gateway.directory.hours_of(place.queue)),
        at_ms=body.at_ms,
        phone=body.phone,
        message=body.message,
        **origin._asdict(),
    )
    answer = await ask(gateway, command, traceparent)
    taken = CallbackTaken(
        session_id=body.session_id,
        message_id=command.message_id,
        status=answer.status if answer else None,
        seq=answer.seq if answer else None,
    )
    return refusal(answer) or ok(taken)
