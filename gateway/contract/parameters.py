"""Parameters and problems that several routes have."""

from typing import Annotated

from msgspec import Meta

from gateway.contract.route import Parameter
from gateway.history import MAX_LIMIT
from gateway.problems import Kind

POOL = Parameter(name="pool", where="path", required=True)
LIMIT = Parameter(name="limit", type=Annotated[int, Meta(ge=1, le=MAX_LIMIT)], says="20 where left out.")
SESSION = Parameter(name="session_id", where="path", required=True)
ID = Parameter(name="id", where="path", required=True)
READS = (Kind.UNREADABLE, Kind.UNKNOWN_SESSION, Kind.INVALID)
OF_SESSIONS = (Kind.UNKNOWN_SESSION, Kind.CLOSED, Kind.TOO_LATE)
