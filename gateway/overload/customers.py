"""The limit of requests by customer: by the session or customer that a body names."""

from starlette.types import Scope

from gateway.answers import Refused
from gateway.state import Gateway
from schemas.api import Body


def check_customer(gateway: Gateway, scope: Scope, body: Body) -> None:
    """Raises Refused (429)."""
    check_rate(gateway, scope, getattr(body, "session_id", "") or getattr(body, "customer_id", ""))


def check_rate(gateway: Gateway, scope: Scope, customer: str) -> None:
    """The same, of a session or customer that is known by other means. Raises Refused (429)."""
    key = scope.get("address")
    if key is None:
        return
    refusal = gateway.door.refuse_customer(customer, key)
    if refusal is not None:
        raise Refused.by(refusal.answer)
