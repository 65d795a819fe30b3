"""HTTP bodies of callbacks and messages."""

from typing import Annotated

import msgspec

from schemas.api import Body, Id, Name
from schemas.limits import MAX_TEXT, Personal


class CallbackAsk(Body, kw_only=True, frozen=True):
    """POST /callback: to be called at `phone`, or written to, at `at_ms` (Unix milliseconds; 0: in turn, or
    once the queue is open), about the `message` that is left. Who waits already keeps queue and place; of who
    does not it is the `queue`'s. A repeated `message_id` counts once."""

    session_id: Id
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    phone: Personal[Annotated[str, msgspec.Meta(max_length=40)]] = ""
    message: Personal[Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]] = ""
    queue: Name = ""
    message_id: Name = ""


class CallbackTaken(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /callback; `status` is waiting, where it is a contact already, or scheduled; null where the
    conversation did not answer in time."""

    session_id: str
    message_id: str
    status: str | None = None
    seq: int | None = None
