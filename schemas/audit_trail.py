"""audit, keyed by actor: who has looked at or changed what is not theirs. Read by people, decides nothing."""

from enum import StrEnum
from typing import Annotated

import msgspec

from schemas.codec import Record
from schemas.limits import NO_NUL, Personal

_Text = Annotated[str, msgspec.Meta(max_length=512, pattern=NO_NUL)]


class Action(StrEnum):
    """What was done."""

    LISTENED = "listened"
    WHISPERED = "whispered"
    SEARCHED = "searched"
    EXPORTED = "exported"
    ERASED = "erased"
    READ_AUDIT = "read_audit"
    CHANGED_WEBHOOK = "changed_webhook"
    READ_LETTER = "read_letter"
    REPLAYED_LETTER = "replayed_letter"
    DISCARDED_LETTER = "discarded_letter"
    TURNED_SWITCH = "turned_switch"


class Audited(Record, tag="audited", kw_only=True, frozen=True):
    """`actor` did `action`, or tried to: this is in the log before it is done. `id` is unique; the rest says
    to what, as far as it was named; `at_ms` Unix milliseconds."""

    id: _Text
    at_ms: int
    actor: _Text
    action: Action
    roles: tuple[str, ...] = ()
    pool: _Text = ""
    session_id: _Text = ""
    contact_id: _Text = ""
    customer_id: Personal[_Text] = ""
    detail: Personal[_Text] = ""


decode_audited = msgspec.json.Decoder(Audited).decode
