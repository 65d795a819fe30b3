"""POST /ops/alerts, which Alertmanager calls, and POST /ops/marks, by which load tests say that they run."""

import hmac
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, ok
from gateway.json_body import read_as
from gateway.security.bearer import token_of
from gateway.state import Gateway, now_ms
from schemas.ops import Alert, Mark, Severity, Source

_MOST_TEXT = 500
_Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Fired(msgspec.Struct, kw_only=True):
    """An alert as Alertmanager tells it; `endsAt` counts when it is resolved."""

    status: str
    labels: dict[str, str]
    startsAt: datetime
    annotations: dict[str, str] = {}
    endsAt: datetime | None = None


class AlertsTold(msgspec.Struct, kw_only=True):
    """Body of POST /ops/alerts: what Alertmanager's webhook sends (version 4), as far as it is read."""

    alerts: Annotated[list[Fired], Meta(max_length=500)]


class MarkTold(msgspec.Struct, kw_only=True):
    """Body of POST /ops/marks: a load test that begins and should take `planned_s`, or is over."""

    run: _Name
    name: _Name = "load test"
    planned_s: Annotated[float, Meta(ge=0, le=7 * 86_400)] = 0.0
    over: bool = False


class Kept(msgspec.Struct, kw_only=True):
    """200 of both: how many were kept."""

    kept: int


async def take_alerts(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """Keeps them for a day. Raises Refused: 404 where no secret is set, 401 for another one, 400, 413 and 422
    for a body that is none of Alertmanager's, 503."""
    _check(gateway, token_of(scope))
    told = await read_as(AlertsTold, scope, receive)
    alerts = [_alert(one) for one in told.alerts]
    await gateway.ops.keep_alerts(alerts)
    return ok(Kept(kept=len(alerts)))


async def take_mark(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """A load test begins, or is over; where its beginning is not known nothing is kept. Raises Refused."""
    told, at_ms = await read_as(MarkTold, scope, receive), now_ms()
    before = await gateway.ops.mark(told.run)
    if told.over and before is None:
        return ok(Kept(kept=0))
    began_ms = before.began_ms if before else at_ms
    until_ms = before.until_ms if before else at_ms + round(told.planned_s * 1000)
    name = before.name if before else told.name
    ended_ms = at_ms if told.over else None
    mark = Mark(run=told.run, name=name, began_ms=began_ms, until_ms=until_ms, ended_ms=ended_ms)
    await gateway.ops.keep_mark(mark)
    return ok(Kept(kept=1))


def _check(gateway: Gateway, token: str) -> None:
    secret = gateway.settings.alerts_token
    if not secret and gateway.settings.profile != "local":
        raise Refused(HTTPStatus.NOT_FOUND, "Alertmanager's webhook needs AICC_ALERTS_TOKEN")
    if secret and not hmac.compare_digest(token.encode(), secret.encode()):
        asked = (b"www-authenticate", b"Bearer")
        raise Refused(HTTPStatus.UNAUTHORIZED, "The token is not AICC_ALERTS_TOKEN", asked)


def _alert(one: Fired) -> Alert:
    labels, said = one.labels, one.annotations
    over = one.status == "resolved" and one.endsAt is not None
    runbook = said.get("runbook_url", "")
    return Alert(
        name=labels.get("alertname", "alert")[:_MOST_TEXT],
        about=_about(labels),
        severity=labels.get("severity", Severity.TICKET)[:_MOST_TEXT],
        source=Source.ALERTMANAGER,
        began_ms=_ms(one.startsAt),
        ended_ms=_ms(one.endsAt) if over and one.endsAt else None,
        says=(said.get("summary") or said.get("description", ""))[:_MOST_TEXT],
        runbook=runbook[:_MOST_TEXT] if runbook.startswith(("https://", "http://")) else "",
    )


def _about(labels: dict[str, str]) -> str:
    """What tells two alerts of one name apart."""
    mine = sorted((name, value) for name, value in labels.items() if name not in ("alertname", "severity"))
    return " ".join(f"{name}={value}" for name, value in mine)[:_MOST_TEXT]


def _ms(at: datetime) -> int:
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
