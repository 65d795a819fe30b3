"""processor.positions: how far each owner has come, published twice a second for the lag prober, and what
it carries, for `aicc-upgrade`."""

import msgspec

WAITING = -1
"""The partition of a worker that has none."""


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Records of `topic`/`partition` below `next_offset` are decided, by version `rules` of the rules (0: not
    said), by a worker named `instance` that runs `release` and knows the versions `known`; Unix milliseconds,
    broker time."""

    group: str
    topic: str
    partition: int
    next_offset: int
    appended_ms: int
    rules: int = 0
    instance: str = ""
    release: str = ""
    known: tuple[int, ...] = ()


decode_position = msgspec.json.Decoder(Position).decode
