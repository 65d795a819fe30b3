"""When to add an instance: what each number carries with headroom, and when a growing load is there. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loadgen.capacity.scaling import Scaling

_DAYS_A_MONTH = 365.25 / 12
_HORIZON_DAYS = 3_650


@dataclass(frozen=True)
class Row:
    """So many instances. `rate` is their capacity in requests a second, `planned` the part of it that is used
    before another one is added, `users` how many users make that. `on` is when the load gets there: None
    where nobody said how it grows, or not within ten years. `far`: it is beyond what was measured."""

    instances: int
    rate: float
    planned: float
    users: float | None
    on: date | None
    far: bool


@dataclass(frozen=True)
class Growth:
    """`load` requests a second now, `monthly` its growth by month (0.05: 5 % more each month)."""

    load: float
    monthly: float
    today: date

    def reaches(self, rate: float) -> date | None:
        """When the load is at `rate`; None: never, or in more than ten years."""
        if rate <= self.load:
            return self.today
        if self.monthly <= 0 or self.load <= 0:
            return None
        days = math.log(rate / self.load) / math.log1p(self.monthly) * _DAYS_A_MONTH
        return self.today + timedelta(days=math.floor(days)) if days <= _HORIZON_DAYS else None


def rows(
    scaling: Scaling, headroom: float, per_user: float, growth: Growth | None, most: int
) -> Sequence[Row]:
    """From one instance up to `most`, but not past where more of them do less. `headroom` is the part of the
    capacity that is used (0.7), `per_user` requests a second of a user; 0: not known."""
    found = []
    last = max(math.floor(min(most, scaling.peak)), 1)
    for number in range(1, last + 1):
        rate = scaling.capacity(number)
        planned = rate * headroom
        found.append(
            Row(
                number,
                rate,
                planned,
                planned / per_user if per_user else None,
                growth.reaches(planned) if growth else None,
                number > scaling.known_up_to,
            )
        )
    return found
