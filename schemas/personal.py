"""Leaves out what is personal: the fields that `Pii` marks. Pure."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

REDACTED = "[redacted]"


@cache
def personal_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The names of the struct's fields that are personal, whatever they hold."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return frozenset(field.name for field in info.fields if is_personal(field.type))


def is_personal(type_: inspect.Type) -> bool:
    """Whether the type is marked, or is of what is."""
    match type_:
        case inspect.Metadata(type=inner, extra=extra):
            return bool((extra or {}).get("pii")) or is_personal(inner)
        case inspect.UnionType(types=types):
            return any(map(is_personal, types))
        case inspect.DictType(value_type=inner) | inspect.CollectionType(item_type=inner):
            return is_personal(inner)
        case _:
            return False


def redacted(value: Any) -> Any:
    """A copy, as what JSON is made from, in which no personal field says anything; what is empty stays so."""
    match value:
        case msgspec.Struct():
            tag, fields = value.__struct_config__, personal_fields(type(value))
            made = {tag.tag_field: tag.tag} if tag.tag_field else {}
            return made | {
                name: hidden(found) if name in fields else redacted(found)
                for name, found in msgspec.structs.asdict(value).items()
            }
        case Mapping():
            return {name: redacted(found) for name, found in value.items()}
        case list() | tuple():
            return [redacted(found) for found in value]
        case _:
            return value


def hidden(value: Any) -> Any:
    """In place of what is personal; of a mapping the names stay."""
    match value:
        case Mapping():
            return {name: hidden(found) for name, found in value.items()}
        case list() | tuple():
            return [hidden(found) for found in value]
        case _:
            return REDACTED if value else value
