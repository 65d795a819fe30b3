"""The AsyncAPI 3 document of topics and sockets, made from their tables and the structs."""

from collections.abc import Iterable

import msgspec

from gateway.contract.channel import Kinds, Socket, Stream, members
from gateway.contract.channels import SOCKETS, STREAMS
from gateway.contract.shapes import Json, Shapes
from schemas.release import RELEASE
from schemas.topics import Topic

_ABOUT = (
    "Topics and WebSockets of the contact center, as its services see them: `send` is what a service writes "
    "to a topic, or the gateway to a socket. Records that can't be used go to the topic's name plus `.dlq`."
)
_SETTINGS = ("retention.ms", "delete.retention.ms", "max.message.bytes")
_TEXT = {"type": "string"}


def asyncapi(streams: Iterable[Stream] = STREAMS, sockets: Iterable[Socket] = SOCKETS) -> Json:
    """The document."""
    topics, lines = tuple(streams), tuple(sockets)
    kinds = [one.records for one in topics] + [each for one in lines for each in (one.takes, one.gives)]
    structs = list(dict.fromkeys(struct for kind in kinds for struct in members(kind)))
    shapes = Shapes(structs)
    names = {struct: _name(shapes, struct) for struct in structs}
    decided = {struct for one in topics if one.decided for struct in members(one.records)}
    keyed = {struct for one in topics for struct in members(one.records)}
    operations: Json = {}
    for stream in topics:
        operations |= _operations_of(stream, names)
    for socket in lines:
        operations |= _operations_on(socket, names)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "aicc", "version": RELEASE, "description": _ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {"host": "127.0.0.1:9092", "protocol": "kafka"},
            "gateway": {"host": "127.0.0.1:8080", "protocol": "ws"},
        },
        "channels": {
            **{one.topic.name: _topic(one, names) for one in topics},
            **{_id(one): _socket(one, names) for one in lines},
        },
        "operations": operations,
        "components": {
            "messages": {
                names[struct]: _message(struct, names[struct], struct in keyed, struct in decided)
                for struct in sorted(structs, key=names.__getitem__)
            },
            "schemas": shapes.components,
        },
    }


def _topic(stream: Stream, names: dict[type[msgspec.Struct], str]) -> Json:
    return {
        "address": stream.topic.name,
        "title": stream.says,
        "description": f"Key: {stream.key}. Written by {stream.written_by}; read by {stream.read_by}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": _messages(stream.records, names),
        "bindings": {"kafka": _settings(stream.topic)},
    }


def _settings(topic: Topic) -> Json:
    """Of the topic's configuration what the binding has words for."""
    said: Json = {name: int(topic.config[name]) for name in _SETTINGS if name in topic.config}
    said["cleanup.policy"] = topic.config["cleanup.policy"].split(",")
    return {"topic": topic.name, "partitions": topic.partitions, "topicConfiguration": said}


def _socket(socket: Socket, names: dict[type[msgspec.Struct], str]) -> Json:
    query = {"type": "object", "properties": {name: dict(_TEXT) for name in socket.query}}
    return {
        "address": socket.path,
        "title": socket.says,
        "servers": [{"$ref": "#/servers/gateway"}],
        "messages": {**_messages(socket.takes, names), **_messages(socket.gives, names)},
        "bindings": {"ws": {"method": "GET", "query": query}},
    }


def _messages(kinds: Kinds, names: dict[type[msgspec.Struct], str]) -> Json:
    return {names[one]: {"$ref": f"#/components/messages/{names[one]}"} for one in members(kinds)}


def _operations_of(stream: Stream, names: dict[type[msgspec.Struct], str]) -> Json:
    name = stream.topic.name
    return {
        f"write.{name}": _operation("send", name, stream.written_by, stream.records, names),
        f"read.{name}": _operation("receive", name, stream.read_by, stream.records, names),
    }


def _operations_on(socket: Socket, names: dict[type[msgspec.Struct], str]) -> Json:
    name = _id(socket)
    return {
        f"hear.{name}": _operation("receive", name, "gateway", socket.takes, names),
        f"tell.{name}": _operation("send", name, "gateway", socket.gives, names),
    }


def _operation(
    action: str, channel: str, by: str, kinds: Kinds, names: dict[type[msgspec.Struct], str]
) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": f"By {by}.",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{names[one]}"} for one in members(kinds)],
    }


def _message(struct: type[msgspec.Struct], name: str, keyed: bool, decided: bool) -> Json:
    tag = struct.__struct_config__.tag
    made: Json = {
        "name": str(tag or name),
        "title": name,
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }
    if keyed:
        made |= {"headers": _headers(decided), "bindings": {"kafka": {"key": dict(_TEXT)}}}
    return made


def _headers(decided: bool) -> Json:
    """As schemas/envelope.py writes them."""
    names = ("id", "type", "schema_version", *(("cause",) if decided else ()), "traceparent")
    required = [name for name in names if name != "traceparent"]
    return {"type": "object", "properties": {name: dict(_TEXT) for name in names}, "required": required}


def _name(shapes: Shapes, struct: type[msgspec.Struct]) -> str:
    reference: str = shapes.of(struct)["$ref"]
    return reference.rpartition("/")[2]


def _id(socket: Socket) -> str:
    return socket.path.strip("/").replace("/", ".")
