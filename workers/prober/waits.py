"""How good estimated waits were: contacts that were answered, counted."""

from runtime.metrics import ESTIMATED, ESTIMATED_OFF_SECONDS, ESTIMATED_RATIO, ESTIMATED_WAITED_SECONDS
from schemas.audit import Decided, RoutingEvent

_OVER = (Decided.OFFERED, Decided.ASSIGNED)
"""The wait that was estimated is over: at the first offer, or at once where no agent is asked."""


def count(event: RoutingEvent) -> None:
    """Takes note of a contact's first offer after its wait had been estimated."""
    if event.event not in _OVER or event.estimate_s <= 0 or event.synthetic:
        return
    off_s = abs(event.estimate_s - event.waited_s)
    within = "p90" if event.waited_s <= event.estimate_high_s else "above"
    ESTIMATED.labels(event.queue, within).inc()
    ESTIMATED_RATIO.labels(event.queue).observe(off_s / max(event.waited_s, 1.0))
    ESTIMATED_OFF_SECONDS.labels(event.queue).inc(off_s)
    ESTIMATED_WAITED_SECONDS.labels(event.queue).inc(event.waited_s)
