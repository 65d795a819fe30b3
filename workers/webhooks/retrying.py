"""What follows a try: pure but for the chance that is passed in."""

from http import HTTPStatus
from random import Random
from typing import NamedTuple

import msgspec

from schemas.webhooks import DeliveryState


class Outcome(NamedTuple):
    """What came of a try: a status, or none and why. `retry_after_s` is what the endpoint asks for."""

    status: int | None = None
    error: str = ""
    retry_after_s: float = 0.0


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Waits grow by `factor` from `first_s` up to `most_s`; the last of `tries` ends it. With these defaults
    that takes 20 hours."""

    first_s: float = 5.0
    factor: float = 4.0
    most_s: float = 6 * 3600.0
    tries: int = 10


class Verdict(NamedTuple):
    """The delivery's state, and when to try again; `gone` where the endpoint wants no more at all."""

    state: DeliveryState
    wait_s: float = 0.0
    gone: bool = False


_JITTER = (0.75, 1.25)


def judge(outcome: Outcome, tries: int, schedule: Schedule, chance: Random) -> Verdict:
    """After the `tries`-th try. 2xx ends it, 410 Gone ends all of the endpoint's; anything else, redirects
    among it, is tried again."""
    if outcome.status is not None and 200 <= outcome.status < 300:
        return Verdict(DeliveryState.DELIVERED)
    if outcome.status == HTTPStatus.GONE:
        return Verdict(DeliveryState.DEAD, gone=True)
    if tries >= schedule.tries:
        return Verdict(DeliveryState.DEAD)
    return Verdict(DeliveryState.PENDING, _wait_s(outcome, tries, schedule, chance))


def _wait_s(outcome: Outcome, tries: int, schedule: Schedule, chance: Random) -> float:
    planned_s = min(schedule.most_s, schedule.first_s * schedule.factor ** (tries - 1))
    asked_s = min(schedule.most_s, outcome.retry_after_s)
    return max(planned_s * chance.uniform(*_JITTER), asked_s)
