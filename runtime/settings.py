"""Settings: frozen structs read once from the environment, bad values refused by the variable's name."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

S = TypeVar("S", bound="Settings")
_SHARED = {"kafka_bootstrap", "database_url", "redis_url"}


class SettingsError(SystemExit):
    """A variable of the environment can't be used; ends the process with the reason."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of each service's settings. A field `x_y` is the variable AICC_X_Y, but for the three
    that name servers: KAFKA_BOOTSTRAP, DATABASE_URL, REDIS_URL."""

    kafka_bootstrap: str = "127.0.0.1:9092"
    database_url: str = "postgresql://aicc@127.0.0.1:5433/aicc"
    redis_url: str = "redis://127.0.0.1:6380/0"
    instance: str = "0"
    metrics_port: int = 0
    var: Path = Path("var")
    log_level: str = "INFO"


def variable(field: str) -> str:
    """The variable of the environment that sets `field`."""
    return field.upper() if field in _SHARED else "AICC_" + field.upper()


def read_settings(kind: type[S], environ: Mapping[str, str] = os.environ) -> S:
    """The settings of one service. Raises SettingsError naming the variable."""
    found = {
        field: environ[variable(field)]
        for field in kind.__struct_fields__
        if environ.get(variable(field), "") != ""
    }
    try:
        return msgspec.convert(found, kind, strict=False, dec_hook=lambda type_, value: type_(value))
    except msgspec.ValidationError as error:
        where = re.search(r"`\$\.(\w+)`", str(error))
        name = variable(where.group(1)) if where else "the environment"
        raise SettingsError(f"{name}: {error} (value: {environ.get(name, '')!r})") from error
