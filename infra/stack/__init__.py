"""Kafka, PostgreSQL and Redis as local processes, for `aicc-run` and the tests alike."""

from infra.stack.errors import BrokenData, MissingPart, NotReady, PortTaken, StackError
from infra.stack.kafka import Kafka
from infra.stack.local import LocalStack
from infra.stack.part import Part
from infra.stack.ports import free_port
from infra.stack.postgres import Postgres
from infra.stack.redis import Redis

__all__ = [
    "BrokenData",
    "Kafka",
    "LocalStack",
    "MissingPart",
    "NotReady",
    "Part",
    "PortTaken",
    "Postgres",
    "Redis",
    "StackError",
    "free_port",
]
