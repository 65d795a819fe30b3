"""What is said of a call: where its queues are, and how it stands."""

import msgspec

from schemas.hours import Hours
from schemas.limits import PartitionNumber


class QueueHome(msgspec.Struct, frozen=True, omit_defaults=True):
    """The queue that a flow's queue stands for, its pool, and the pool's partition; and its hours where
    somebody is to be called back from it."""

    queue: str
    pool: str
    partition: PartitionNumber
    hours: Hours | None = None


class Expects(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The input that is waited for, for `timeout_s` after the prompt: `min_digits` to `max_digits` digits; or
    what is said, or the address of its recording, where it `records`."""

    min_digits: int
    max_digits: int
    timeout_s: float
    records: bool = False


class CallTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is to be played, and where the call stands: in a node of its flow, or with a queue."""

    prompt: str = ""
    node: str = ""
    expects: Expects | None = None
    queue: str = ""
    language: str = ""
