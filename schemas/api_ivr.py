"""HTTP bodies of telephone systems, as they send and get them."""

from typing import Annotated, Literal

import msgspec

from schemas.api import Body, Name
from schemas.calls import Expects
from schemas.limits import MAX_TEXT, Personal

Phone = Annotated[str, msgspec.Meta(max_length=40)]
Input = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class IvrProcess(Body, kw_only=True, frozen=True):
    """POST /ivr/process: without `session_id` a call begins, of the customer or of the number `phone` (or
    `from`). `input` is what the caller pressed or said, "" being silence, as the event `timeout` is. Without
    both it is only told how the call stands. A repeated `message_id` counts once. The event `unreached` says
    that the telephone of the agent `agent_id` was busy or not answered: the call waits again."""

    session_id: Name = ""
    call_id: Personal[Name] = ""
    customer_id: Personal[Name] = ""
    phone: Personal[Phone] = ""
    from_: Personal[Phone] = msgspec.field(name="from", default="")
    input: Personal[Input | msgspec.UnsetType] = msgspec.UNSET
    event: Literal["", "timeout", "hangup", "unreached"] = ""
    agent_id: Name = ""
    message_id: Name = ""
    synthetic: bool = False


class IvrStep(msgspec.Struct, kw_only=True, omit_defaults=True):
    """200 of /ivr/process; `status` is ivr, waiting, active, closed or refused. `expects` is null where no
    input is waited for. The first answer has the `token` that the session's other requests show."""

    session_id: str
    status: str
    prompt: str
    expects: Expects | None
    node: str | None = None
    queue: str | None = None
    position: int | None = None
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None
    agent_id: str | None = None
    reason: str | None = None
    token: str | None = None
    language: str | None = None
