"""Settings: frozen structs read once from the environment, bad values refused by the variable's name."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, inspect

from runtime.transit import Transit

S = TypeVar("S", bound="Settings")
EXIT_USAGE = 2
_CHECKOUT = Path(__file__).resolve().parent.parent
_SHARED = {"kafka_bootstrap", "database_url", "redis_url"}
_HIGHEST_PORT = 65_535
_WORDS = {inspect.IntType: "a whole number", inspect.FloatType: "a number", inspect.BoolType: "true or false"}

_HOST = r"(\[[^\]\s]+\]|[^\s:,\[\]]+)(:\d+)?"
_Kafka = Annotated[
    str,
    Meta(pattern=rf"^\s*{_HOST}(,\s*{_HOST})*\s*$", description="host:port, several apart by commas"),
]
_Postgres = Annotated[
    str, Meta(pattern="^postgres(ql)?://", description="of the form postgresql://user@host:port/database")
]
_Redis = Annotated[str, Meta(pattern="^(rediss?|unix)://", description="of the form redis://host:port/0")]
_Store = Annotated[
    str,
    Meta(
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]+(/[^\s?#]*)?|file:///[^\s?#]+)?$",
        description="of the form s3://bucket/prefix or file:///directory",
    ),
]
_Address = Annotated[
    str, Meta(pattern=r"^(https?://[^\s/]+/?)?$", description="of the form https://s3.example.org")
]
_Level = Annotated[
    str,
    Meta(
        pattern="^(?i:debug|info|warning|error|critical)$",
        description="DEBUG, INFO, WARNING, ERROR or CRITICAL",
    ),
]

_Format = Annotated[str, Meta(pattern="^(auto|json|text)$", description="auto, json or text")]
_Collector = Annotated[
    str,
    Meta(
        pattern="^(https?://[^/]+/.*)?$",
        description="empty, or of the form http://127.0.0.1:4318/v1/traces",
    ),
]
_Ratio = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]


class SettingsError(ValueError):
    """A variable of the environment can't be used."""


class Settings(Transit, frozen=True, kw_only=True):
    """Base of each service's settings. A field `x_y` is the variable AICC_X_Y, but for the three
    that name servers: KAFKA_BOOTSTRAP, DATABASE_URL, REDIS_URL. Where they are empty the local platform's
    servers are meant, at its ports. A relative `var` counts from the checkout, wherever a command is called.
    """

    kafka_bootstrap: _Kafka = ""
    database_url: _Postgres = ""
    redis_url: _Redis = ""
    kafka_port: int = 9092
    postgres_port: int = 5433
    redis_port: int = 6380
    instance: str = "0"
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    """Where /metrics, /ready and /live listen; the gateway's are on its own host and port."""

    metrics: bool = True
    """false: nothing is counted or timed, and /metrics shows nothing of ours (runtime.metric_kinds)."""

    var: Path = Path("var")
    log_level: _Level = "INFO"
    log_format: _Format = "auto"
    """`auto` is text on a terminal and JSON elsewhere."""

    trace_endpoint: _Collector = ""
    """The collector's address for traces by OTLP over HTTP; empty: no traces."""

    trace_ratio: _Ratio = 0.01
    """Of the traces that begin here; who comes with one of their own has decided already."""

    erasure_key: str = ""
    """Makes the digests that stand for erased customers; the same for gateways and persisters, for good."""

    attachments_url: _Store = ""
    """Where images lie, the same for gateways, persisters and `aicc-db`; if empty, `attachments` in `var`."""

    s3_endpoint: _Address = ""
    """Of a store other than Amazon's, by its address: buckets are then named in the path."""

    s3_region: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: str = ""

    def __post_init__(self) -> None:
        local = {
            "kafka_bootstrap": f"127.0.0.1:{self.kafka_port}",
            "database_url": f"postgresql://aicc@127.0.0.1:{self.postgres_port}/aicc",
            "redis_url": f"redis://127.0.0.1:{self.redis_port}/0",
        }
        for field, address in local.items():
            msgspec.structs.force_setattr(self, field, getattr(self, field) or address)
        msgspec.structs.force_setattr(self, "var", _CHECKOUT / self.var)


def variable(field: str) -> str:
    """The variable of the environment that sets `field`."""
    return field.upper() if field in _SHARED else "AICC_" + field.upper()


def read_settings(kind: type[S], environ: Mapping[str, str] = os.environ) -> S:
    """The settings of one process. A bad value ends it with status 2 and a sentence on standard error."""
    try:
        return parse_settings(kind, environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_USAGE)


def parse_settings(kind: type[S], environ: Mapping[str, str]) -> S:
    """The settings in `environ`. Raises SettingsError."""
    found = {
        field: environ[variable(field)]
        for field in kind.__struct_fields__
        if environ.get(variable(field), "") != ""
    }
    try:
        settings = msgspec.convert(found, kind, strict=False, dec_hook=lambda type_, value: type_(value))
    except msgspec.ValidationError as error:
        where = re.search(r"`\$\.(\w+)`", str(error))
        if not where:
            raise SettingsError(f"The environment can't be used: {error}") from error
        raise _refusal(kind, where.group(1), environ) from error
    for field in found:
        if field.endswith("_port") and not _lowest(field) <= getattr(settings, field) <= _HIGHEST_PORT:
            raise _refusal(kind, field, environ)
    contradiction = settings.contradiction()
    if contradiction:
        # Without the value: it may be a password.
        raise SettingsError(f"{variable(contradiction[0])} must be {contradiction[1]}.")
    return settings


def _refusal(kind: type[Settings], field: str, environ: Mapping[str, str]) -> SettingsError:
    name = variable(field)
    return SettingsError(f"{name} is {environ.get(name, '')!r}, but must be {_expected(kind, field)}.")


def _expected(kind: type[Settings], field: str) -> str:
    fields: tuple[inspect.Field, ...] = inspect.type_info(kind).fields  # type: ignore[attr-defined]
    type_ = next(one.type for one in fields if one.name == field)
    if isinstance(type_, inspect.Metadata) and type_.extra_json_schema:
        return str(type_.extra_json_schema["description"])
    if field.endswith("_port"):
        return f"a port, {_lowest(field)} to {_HIGHEST_PORT}"
    return _WORDS.get(type(type_), "another value")


def _lowest(field: str) -> int:
    """Metrics at port 0 are served nowhere."""
    return 0 if field == "metrics_port" else 1
