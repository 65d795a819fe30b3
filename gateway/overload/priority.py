"""What a request is worth when there is too much: its class, told from method and path alone."""

from enum import IntEnum


class Kind(IntEnum):
    """In the order in which they are refused: the lowest first."""

    NEW_CHAT = 0
    IVR = 1
    CONNECT = 2
    READ = 3
    RUNNING = 4
    """What customers do in conversations that run."""

    AGENT = 5
    """What agents, supervisors and administrators do."""

    @property
    def label(self) -> str:
        """In metrics."""
        return self.name.lower()


KINDS = tuple(Kind)
_POSTS = {
    b"/chat/start": Kind.NEW_CHAT,
    b"/ivr/process": Kind.IVR,
    b"/ivr/twiml": Kind.IVR,
    b"/ivr/twiml/dialed": Kind.RUNNING,
    b"/ivr/twiml/status": Kind.RUNNING,
    b"/callback": Kind.RUNNING,
    b"/agent/connect": Kind.CONNECT,
    b"/routing/explain": Kind.READ,
}
_CHANGING = (b"POST", b"PUT", b"PATCH", b"DELETE")
_FREE = (b"/health/", b"/monitoring/", b"/metrics")
_STAFF = (b"/agent/", b"/supervisor/", b"/admin/", b"/auth/", b"/ops/")
_SWITCHES = b"/ops/switches"


def kind_of(method: bytes, path: bytes) -> Kind | None:
    """None for what is always answered: health, metrics, and the switches, or who has refused too much could
    not undo it. Who writes a path in another way than its plain
    one is among the first to be refused."""
    if path.startswith(_SWITCHES):
        return None
    if method not in _CHANGING:
        if path.startswith(_FREE):
            return None
        # What is looked at because nothing goes must not be the first to go.
        return Kind.AGENT if path.startswith(b"/ops/") else Kind.READ
    kind = _POSTS.get(path)
    if kind is not None:
        return kind
    if path.startswith(b"/chat/"):
        return Kind.RUNNING
    return Kind.AGENT if path.startswith(_STAFF) else Kind.NEW_CHAT
