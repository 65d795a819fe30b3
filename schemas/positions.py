"""processor.positions: how far each owner has come, published twice a second for the lag prober."""

import msgspec


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Records of `topic`/`partition` below `next_offset` are decided; Unix milliseconds, broker time."""

    group: str
    topic: str
    partition: int
    next_offset: int
    appended_ms: int


decode_position = msgspec.json.Decoder(Position).decode
