"""Requests of Kafka's that aiokafka's administrator has no method for, or no class."""

from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

_TEXT, _COMPACT = String("utf-8"), CompactString("utf-8")


class _ScramResponse(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", _COMPACT), ("error_code", Int16), ("error_message", _COMPACT), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class _ScramRequest(RequestStruct):
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _ScramResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", _COMPACT), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", _COMPACT),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class AlterUserScramCredentials(Request[_ScramRequest]):
    """Makes a user, or gives it another password."""

    API_KEY = 51

    def __init__(self, name: str, mechanism: int, iterations: int, salt: bytes, salted: bytes) -> None:
        self._upsertion: tuple[Any, ...] = (name, mechanism, iterations, salt, salted, {})

    def build(self, request_struct_class: type[_ScramRequest]) -> _ScramRequest:
        return request_struct_class([], [self._upsertion], {})


class _ConfigsResponse(Response):
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(("error_code", Int16), ("error_message", _TEXT), ("type", Int8), ("name", _TEXT)),
        ),
    )


class _ConfigsRequest(RequestStruct):
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _ConfigsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("type", Int8),
                ("name", _TEXT),
                ("configs", Array(("name", _TEXT), ("operation", Int8), ("value", _TEXT))),
            ),
        ),
        ("validate_only", Boolean),
    )


class IncrementalAlterConfigs(Request[_ConfigsRequest]):
    """Sets some settings of a broker and leaves its others."""

    API_KEY = 44
    _BROKER, _SET = 4, 0

    def __init__(self, broker: int, values: dict[str, str]) -> None:
        self._broker, self._values = broker, values

    def build(self, request_struct_class: type[_ConfigsRequest]) -> _ConfigsRequest:
        configs = [(name, self._SET, value) for name, value in self._values.items()]
        return request_struct_class([(self._BROKER, str(self._broker), configs)], False)


def raise_refused(code: int, message: Any) -> None:
    """Raises the KafkaError of that code."""
    if code:
        raise for_code(code)(message or "refused")
