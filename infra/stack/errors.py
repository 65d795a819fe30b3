"""What can be wrong before a part runs. Each message names the cure."""


class StackError(Exception):
    """A condition that the user can mend; shown without a traceback."""


START_ANEW = "Start anew with `make reset` (removes all local data)."


class MissingPart(StackError):
    """A program or jar is not installed."""


class PortTaken(StackError):
    """Another process listens where a part should."""


class BrokenData(StackError):
    """Files under var/ that a part could not start from."""


class NotReady(StackError):
    """A part was started and did not answer in time."""
