"""Looks for the highest rate that holds: doubling, then bisecting, then confirming. Pure."""

from enum import StrEnum

_AGAIN = 2
"""An invalid probe is made again so often before it counts as the generator's limit."""
_CONFIRMATIONS = 2
_UP_AGAIN = 1.25
_LEAST = 1 / 64


class Told(StrEnum):
    """What a probe showed."""

    HELD = "held"
    BROKE = "broke"
    INVALID = "invalid"


class Search:
    """Ask for `next()`, probe that rate, `tell` what came of it; None: it is over.

    It begins at `first` and ends when the highest rate that held and the lowest that broke are less than
    `precision` (a part) apart. One lucky or unlucky probe decides nothing: the rate found must hold twice
    more in a row, else it goes down by the precision and is confirmed anew; and the rate above must break
    once more, else the search goes on from there. A rate at which the generator itself fails counts as out
    of reach.
    """

    def __init__(self, first: float, precision: float = 0.05, most_probes: int = 40) -> None:
        if first <= 0 or not 0 < precision < 1:
            raise ValueError(f"a search from {first:g} with precision {precision:g}")
        self.held = 0.0
        """The highest rate that held, so far."""
        self.broke: float | None = None
        """The lowest that did not."""
        self.confirmed = 0
        self.generator_limits = False
        """The lowest rate that did not hold was one that the generator could not offer."""
        self.probes = 0
        self._first, self._precision, self._most = first, precision, most_probes
        self._rate, self._up = first, 2.0
        self._invalid = 0
        self._confirming = self._checking = False
        self._checked = False

    @property
    def sure(self) -> bool:
        """The rate found was confirmed, and the one above broke again."""
        return self.confirmed >= _CONFIRMATIONS and self._checked

    def next(self) -> float | None:
        """The rate to be probed, None where there is nothing more to learn."""
        if self.sure or self.probes >= self._most or self._rate < self._first * _LEAST:
            return None
        return self._rate

    def tell(self, told: Told) -> None:
        """What the probe of the last `next()` showed."""
        self.probes += 1
        if told is Told.INVALID and self._invalid < _AGAIN:
            self._invalid += 1
            return
        self._invalid = 0
        if told is Told.HELD:
            self._hold()
        else:
            self._break(told is Told.INVALID)

    def _hold(self) -> None:
        if self._confirming:
            self.confirmed += 1
            if self.confirmed >= _CONFIRMATIONS:
                self._check()
            return
        if self._checking:
            # It broke by bad luck before, and all that was learnt from it is worth nothing.
            self._checking, self.confirmed, self.broke = False, 0, None
            self._up = _UP_AGAIN
        self.held = self._rate
        self._go_on()

    def _break(self, invalid: bool) -> None:
        if self.broke is None or self._rate <= self.broke:
            self.broke, self.generator_limits = self._rate, invalid
        if self._checking:
            self._checked = True
            return
        if self._confirming:
            self.confirmed = 0
            self.held = self._rate = self._rate * (1 - self._precision)
            return
        self._go_on()

    def _check(self) -> None:
        self._confirming = False
        if self.broke is None:
            self._checked = True
        else:
            self._rate, self._checking = self.broke, True

    def _go_on(self) -> None:
        if self.broke is None:
            self._rate *= self._up
        elif not self.held:
            self._rate = self.broke / 2
        elif self.broke > self.held * (1 + self._precision):
            self._rate = (self.held + self.broke) / 2
        else:
            self._rate, self._confirming = self.held, True
