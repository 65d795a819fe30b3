"""What the environment says about the local platform: its ports, and servers of the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from infra.paths import CHECKOUT, JARS
from infra.stack import Kafka, Part, Postgres, Redis
from runtime.settings import Settings, read_settings

_METRICS_BASE = Meta(ge=1, le=65_527, description="a port, 1 to 65527: the eight after it are used, too")


class RunSettings(Settings, frozen=True, kw_only=True):
    """AICC_…_PORT moves a server; KAFKA_BOOTSTRAP, DATABASE_URL or REDIS_URL replaces the local one."""

    kafka_controller_port: int = 9093
    gateway_port: int = 8080
    metrics_base_port: Annotated[int, _METRICS_BASE] = 9180

    def __post_init__(self) -> None:
        """A server's address stays empty where none is named: then a local one is started."""


def read(environ: Mapping[str, str] = os.environ) -> RunSettings:
    return read_settings(RunSettings, environ)


def var_directory(settings: RunSettings) -> Path:
    """A relative AICC_VAR counts from the checkout, wherever the command is called."""
    return (CHECKOUT / settings.var).resolve()


def local_parts(settings: RunSettings) -> tuple[Part, ...]:
    """The servers to start: those for which the environment names none."""
    var = var_directory(settings)
    kafka = Kafka(var / "kafka", JARS, settings.kafka_port, settings.kafka_controller_port)
    postgres = Postgres(var / "postgres", settings.postgres_port)
    redis = Redis(var / "redis", settings.redis_port)
    named = {
        kafka.variable: settings.kafka_bootstrap,
        postgres.variable: settings.database_url,
        redis.variable: settings.redis_url,
    }
    every: tuple[Part, ...] = (kafka, postgres, redis)
    return tuple(part for part in every if not named[part.variable])


def service_environment(settings: RunSettings, parts: tuple[Part, ...]) -> dict[str, str]:
    """What every service is told, apart from its own name and metrics port."""
    var = var_directory(settings)
    given = {
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }
    return {
        **{name: value for name, value in given.items() if value},
        **{part.variable: part.address for part in parts},
        "AICC_VAR": str(var),
        "AICC_GATEWAY_PORT": str(settings.gateway_port),
        "PYTHONUNBUFFERED": "1",
    }
