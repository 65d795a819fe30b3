"""Structs as JSON Schema."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from schemas.limits import NO_NUL

Json = dict[str, Any]
_TEMPLATE = "#/components/schemas/{name}"
_PATTERNS = {NO_NUL: "^[^\\u0000]*$"}
"""Python's anchors by those of ECMA 262, which JSON Schema speaks."""


class Shapes:
    """The schemas of these types, each named one once."""

    def __init__(self, types: Iterable[Any]) -> None:
        wanted = list(types)
        schemas, components = msgspec.json.schema_components(wanted, ref_template=_TEMPLATE)
        self._of = {repr(kind): _spoken(schema) for kind, schema in zip(wanted, schemas, strict=True)}
        self.components: Json = _spoken(dict(sorted(components.items())))

    def of(self, kind: Any) -> Json:
        """The schema, or a reference to it."""
        found: Json = self._of[repr(kind)]
        return found

    def form_of(self, kind: type[msgspec.Struct]) -> Json:
        """The schema of the body as a form: without what no form can say, lists of objects."""
        name = self.of(kind)["$ref"].rpartition("/")[2]
        whole: Json = self.components[name]
        fields = {name: one for name, one in whole["properties"].items() if not _lists_objects(one)}
        return whole | {"properties": fields} if len(fields) < len(whole["properties"]) else self.of(kind)


def _lists_objects(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array" and "$ref" in schema["items"]


def _spoken(schema: Any) -> Any:
    """The same with patterns as others read them, and one line of text for each description; without
    discriminators, whose form AsyncAPI and OpenAPI do not share: each member's tag tells as much."""
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if key != "discriminator"}
        return {key: _said(key, value) for key, value in kept.items()}
    return [_spoken(one) for one in schema] if isinstance(schema, list | tuple) else schema


def _said(key: str, value: Any) -> Any:
    match key, value:
        case "pattern", str():
            return _PATTERNS.get(value, value)
        case "description", str():
            return " ".join(value.split())
        case _:
            return _spoken(value)
