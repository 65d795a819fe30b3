"""What a value may be at most, checked where a record or a body is decoded."""

from typing import Annotated, TypeVar

import msgspec

MAX_TEXT = 4_000
NO_NUL = r"\A[^\x00]*\Z"
"""Of all characters Postgres can't store this one."""

Text = Annotated[str, msgspec.Meta(pattern=NO_NUL)]
Priority = Annotated[int, msgspec.Meta(ge=0, le=9)]
Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
Rating = Annotated[int, msgspec.Meta(ge=1, le=5)]
Rank = Annotated[int, msgspec.Meta(ge=1, le=9)]
PartitionNumber = Annotated[int, msgspec.Meta(ge=0, lt=4_096)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=10_000_000)]
"""Up to four months: snapshots hold milliseconds in 64 bits."""
Version = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

T = TypeVar("T")
Personal = Annotated[T, msgspec.Meta(extra={"pii": True})]
"""Says who a customer is, or is what somebody wrote: schemas/personal.py leaves it out where asked to."""
