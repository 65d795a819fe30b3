"""Names of the entities beside the sessions: idempotency keys, and ratings."""

_PREFIX = "key:"
_RATING = "rating:"
REUSED = "key_reused"
"""The key came with another request before."""
OVER = "key_over"
"""The key was used, and what became of it is not remembered any more."""


def key_name(partition: int, digest: str) -> str:
    """The entity on `partition` of conversation.commands; `digest` is of the caller and its key."""
    return f"{_PREFIX}{partition}:{digest}"


def is_key(name: str) -> bool:
    """Whether an entity, or who waits for an answer, is such a one. No session and no gateway is."""
    return name.startswith(_PREFIX)


def rating_name(session_id: str) -> str:
    """The entity, beside the session, that remembers the session's rating."""
    return f"{_RATING}{session_id}"


def is_rating(name: str) -> bool:
    """Whether an entity is such a one."""
    return name.startswith(_RATING)


def home_of_key(name: str) -> int:
    """Its partition of conversation.commands."""
    return int(name.split(":", 2)[1])
