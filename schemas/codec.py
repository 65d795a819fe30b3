"""Encoding of records: JSON by msgspec, both ways, with one typed decoder for each topic's union."""

from typing import Any, ClassVar

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type"):
    """Base of every record on a topic; its tag is the record's type."""

    schema_version: ClassVar[int] = 1


class Tick(Record, tag="tick", kw_only=True, frozen=True):
    """Moves a partition's clock and runs the timers that are due. Doubled ticks do no harm."""


class ApplyVersion(Record, tag="version.applied", kw_only=True, frozen=True):
    """From here on the partition decides by this version of the rules. `release` is that of the command
    which wrote it, for people to read."""

    version: int
    release: str = ""


encode = msgspec.json.Encoder().encode


def type_of(record: msgspec.Struct) -> str:
    """The record's type, as in its header and its JSON."""
    tag: Any = record.__struct_config__.tag
    return str(tag)
