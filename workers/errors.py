"""Why a worker ends by itself: each is one line in the log and exit status 1. Anything else is a bug."""


class WorkerError(Exception):
    """Nothing that could not be finished was stored; started again, the process goes on from there."""


class GivenUp(WorkerError):
    """A fault that should pass outlasted the patience."""


class PositionBeyondLog(WorkerError):
    """The sink has stored what the topic does not hold: more, or of another topic of that name."""


class TooManyDeadLetters(WorkerError):
    """More records of one batch were refused than can be chance: somebody should look first."""


class Unassigned(WorkerError):
    """The group has given this member nothing, not even an empty share, for longer than any rebalance."""


class Contested(WorkerError):
    """Another process takes our place in the group, again and again."""
