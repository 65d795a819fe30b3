"""The same closed-loop profile by k6 and by this generator, against the same target at the same time, so that
whatever the machine does meanwhile it does to both."""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Row
from tests.bench.rivals import K6Run, Load, Ours

USERS = 20
RATE = 0.02
SHARE = 0.05
LEAST_MS = 1.0


@dataclass(frozen=True)
class Equality:
    """`seconds` of the profile's stages."""

    ours: Load
    k6: Load
    seconds: float

    @property
    def rate(self) -> float:
        """By how much our rate differs from k6's, as a part of that."""
        return self.ours.requests / self.k6.requests - 1

    @property
    def differing(self) -> list[str]:
        """What is further apart than 2 % of the rate, 5 % or 1 ms of a percentile."""
        found = [] if abs(self.rate) <= RATE else [f"rate by {self.rate:+.1%}"]
        for share, theirs in self.k6.percentiles_ms.items():
            difference = self.ours.percentiles_ms[share] - theirs
            if abs(difference) > max(SHARE * theirs, LEAST_MS):
                found.append(f"p{share} by {difference:+.2f} ms of {theirs:.2f}")
        return found

    @property
    def holds(self) -> bool:
        return not self.differing and not self.ours.wrong and not self.k6.wrong

    def rows(self, valid: bool) -> list[Row]:
        """For the bench's table."""
        met = valid and self.holds
        rates = f"{self.ours.requests / self.seconds:,.0f} and {self.k6.requests / self.seconds:,.0f} /s"
        apart = max(abs(self.ours.percentiles_ms[one] - ms) for one, ms in self.k6.percentiles_ms.items())
        return [
            Row("rate beside k6's", f"{rates} ({self.rate:+.2%})", "within 2 %", met),
            Row("percentiles beside k6's", f"{apart:.2f} ms apart", "within 5 % or 1 ms", met),
        ]


def side_by_side(url: str, folder: Path, seconds: float) -> Equality:
    """Up to 20 users in a fifth of `seconds`, then as many for the rest."""
    up = max(round(seconds / 5), 1)
    stages = f"{up}s:{USERS},{max(round(seconds) - up, 1)}s:{USERS}"
    theirs = K6Run(url, folder, stages, 0)
    ours = Ours(url, folder, "vus", stages, 0, USERS)
    return Equality(ours.wait(), theirs.wait(), seconds)
