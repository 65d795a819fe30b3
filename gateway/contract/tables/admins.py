"""What administrators ask."""

from typing import Annotated

from msgspec import Meta

from gateway.admin import Changed
from gateway.config_log import ConfigPage
from gateway.contract.parameters import ID, LIMIT, POOL
from gateway.contract.route import Parameter, Route, Who, get
from gateway.privacy.pages import Erasure
from gateway.problems import Kind
from gateway.security.audit_trail import AuditPage
from schemas.config import Configuration, PoolConfig

_CUSTOMER = Parameter(name="customer_id", where="path", required=True)

_ADMINS = (
    get(
        "/admin/config",
        "Every pool as it is configured",
        Who.ADMIN,
        Configuration,
        Kind.FORBIDDEN,
        Kind.UNAVAILABLE,
    ),
    get(
        "/admin/config/audit",
        "Who changed what, newest first",
        Who.ADMIN,
        ConfigPage,
        Kind.UNREADABLE,
        Kind.FORBIDDEN,
        Kind.INVALID,
        Kind.UNAVAILABLE,
        parameters=(
            Parameter(name="pool", says="Of this pool alone."),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)], says="`next_before`."),
            LIMIT,
            Parameter(name="include", says="`config`: with the configuration as of each."),
        ),
    ),
    get(
        "/admin/config/{pool}",
        "One pool as it is configured, its version as ETag",
        Who.ADMIN,
        PoolConfig,
        Kind.FORBIDDEN,
        Kind.NOT_FOUND,
        Kind.UNAVAILABLE,
        parameters=(POOL,),
    ),
    Route(
        method="PUT",
        path="/admin/config/{pool}",
        summary="A pool becomes what the body says, or is begun; a dry run only says what would change",
        who=Who.ADMIN,
        body=PoolConfig,
        answer=Changed,
        parameters=(
            POOL,
            Parameter(name="dry_run", type=bool, says="`true`: only say what would change."),
            Parameter(name="if-match", where="header", says="The version that it was made from."),
            Parameter(name="x-author", where="header", says="Whom the audit names."),
        ),
        problems=(
            Kind.UNREADABLE,
            Kind.FORBIDDEN,
            Kind.OUTDATED,
            Kind.TOO_LARGE,
            Kind.INVALID,
            Kind.UNAVAILABLE,
            Kind.UNKNOWN_OUTCOME,
        ),
    ),
)

_AUDIT = (
    get(
        "/admin/audit",
        "Who listened in, searched, exported, erased, changed webhooks, turned switches; newest first",
        Who.ADMIN,
        AuditPage,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="actor"),
            Parameter(name="action"),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)], says="`next_before`."),
            LIMIT,
        ),
    ),
)

_PRIVACY = (
    get(
        "/admin/customers/{customer_id}/export",
        "All that is kept of a customer, a line of JSON each: the customer, consultations, deliveries, audit",
        Who.ADMIN,
        "application/x-ndjson",
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            _CUSTOMER,
            Parameter(name="redact", says="`true`: without names, numbers and what people wrote."),
        ),
    ),
    Route(
        method="POST",
        path="/admin/customers/{customer_id}/erase",
        summary="Erases a customer; 202 while the database does not say that it is done",
        who=Who.ADMIN,
        answer=Erasure,
        others={202: Erasure},
        parameters=(_CUSTOMER,),
        problems=(Kind.INVALID, Kind.UNKNOWN_OUTCOME),
    ),
    get(
        "/admin/erasures/{id}",
        "What an erasure took away; 404 before it is done",
        Who.ADMIN,
        Erasure,
        Kind.NOT_FOUND,
        parameters=(ID,),
    ),
)

ROUTES: tuple[Route, ...] = (*_ADMINS, *_AUDIT, *_PRIVACY)
