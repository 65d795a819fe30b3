"""What is said of a call: where its queues are, and how it stands."""

import msgspec

from schemas.limits import PartitionNumber


class QueueHome(msgspec.Struct, frozen=True, gc=False):
    """The queue that a flow's queue stands for, its pool, and the pool's partition."""

    queue: str
    pool: str
    partition: PartitionNumber


class Expects(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The input that is waited for, for `timeout_s` after the prompt: `min_digits` to `max_digits` digits."""

    min_digits: int
    max_digits: int
    timeout_s: float


class CallTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is to be played, and where the call stands: in a node of its flow, or with a queue."""

    prompt: str = ""
    node: str = ""
    expects: Expects | None = None
    queue: str = ""
