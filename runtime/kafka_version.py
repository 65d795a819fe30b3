"""How new a cluster says that it is: its feature level `metadata.version`, of ApiVersions version 3."""

from io import BytesIO
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response, ResponseHeader_v0
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

_FINALIZED = 2
"""The tag of the features that all brokers of the cluster have agreed on."""

_FEATURES = CompactArray(
    ("name", CompactString("utf-8")), ("highest", Int16), ("lowest", Int16), ("tags", TaggedFields)
)
_RELEASES = (
    (26, "4.1"),
    (22, "4.0"),
    (21, "3.9"),
    (20, "3.8"),
    (15, "3.7"),
    (12, "3.6"),
    (9, "3.5"),
    (8, "3.4"),
    (4, "3.3"),
)
"""The first level of each release, as its MetadataVersion counts them."""


class _VersionsResponse(Response):
    API_KEY = 18
    API_VERSION = 3
    SCHEMA = Schema(
        ("error_code", Int16),
        ("apis", CompactArray(("key", Int16), ("least", Int16), ("most", Int16), ("tags", TaggedFields))),
        ("throttle_time_ms", Int32),
        ("tags", TaggedFields),
    )


class _VersionsRequestStruct(RequestStruct):
    API_KEY = 18
    API_VERSION = 3
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _VersionsResponse
    SCHEMA = Schema(
        ("software", CompactString("utf-8")), ("version", CompactString("utf-8")), ("tags", TaggedFields)
    )

    def parse_response_header(self, read_buffer: BytesIO | bytes) -> Any:
        # Alone of all, as whoever asks does not know yet what the broker speaks.
        return ResponseHeader_v0.decode(read_buffer)


class _VersionsRequest(Request[_VersionsRequestStruct]):
    API_KEY = 18
    ALLOW_UNKNOWN_API_VERSION = True

    def build(self, request_struct_class: type[_VersionsRequestStruct]) -> _VersionsRequestStruct:
        return request_struct_class("aicc", "1", {})


async def metadata_level(client: AIOKafkaClient) -> int:
    """The level; 0 where the cluster has none, as before Kafka 3.3. Raises KafkaError."""
    answer: Any = await client.send(client.get_random_node(), _VersionsRequest())
    features = _FEATURES.decode(BytesIO(answer.tags[_FINALIZED])) if _FINALIZED in answer.tags else []
    return next((highest for name, highest, *_ in features if name == "metadata.version"), 0)


def release_of(level: int) -> str:
    """The release that the level came with; one that is newer than is known here is at least the last."""
    return next((release for first, release in _RELEASES if level >= first), "older than 3.3")
