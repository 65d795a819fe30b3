"""What staff do with what is not theirs, noted before it is done."""

from dataclasses import replace
from typing import TypedDict, Unpack
from uuid import uuid4

from gateway.commands import Post
from gateway.security.access import Caller
from gateway.state import Gateway, now_ms
from schemas.audit_trail import Action, Audited
from schemas.codec import encode, type_of
from schemas.envelope import headers
from schemas.topics import AUDIT

_MOST = 512


class Of(TypedDict, total=False):
    """To what it was done."""

    pool: str
    session_id: str
    contact_id: str
    customer_id: str
    detail: str


async def audit(gateway: Gateway, caller: Caller, action: Action, actor: str = "", **of: Unpack[Of]) -> None:
    """Returns when the log has it: what can't be noted is not done. Raises Refused (503).

    `actor` is for who bears no token, in the local profile. Customers, who have no roles, are not noted.
    """
    if not caller.roles:
        return
    done = Audited(
        id=uuid4().hex,
        at_ms=now_ms(),
        actor=actor or caller.sub,
        action=action,
        roles=caller.roles,
        **{name: str(text)[:_MOST] for name, text in of.items()},
    )
    told = headers(done.id, type_of(done))
    # By itself: the request's Idempotency-Key is for what is done, and not for the note of it.
    await replace(gateway, key=None).send(Post(AUDIT.name, 0, done.actor.encode(), encode(done), told))
