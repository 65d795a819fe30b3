"""Every kind of problem that a request is answered with: the `type` of its document, once."""

from enum import Enum
from http import HTTPStatus

_PREFIX = "/problems/"


class Kind(Enum):
    """The end of its type, its status, its title, and what it says; docs/api.md lists them for clients.

    A client may rely on type and status. A kind is never given another meaning; new ones may come.
    """

    UNREADABLE = "unreadable", 400, "The request can't be read", "Body or query is not what it claims to be"
    UNAUTHENTICATED = "unauthenticated", 401, "Who asks is not known", "No token, or one that is refused"
    FORBIDDEN = "forbidden", 403, "This is not allowed", "Whoever asks may not do this"
    NOT_FOUND = "not-found", 404, "There is nothing here", "No such address, or nothing of that name"
    UNKNOWN_SESSION = "unknown-session", 404, "There is no such session", "Never begun, or over for long"
    UNKNOWN_CONTACT = "unknown-contact", 404, "There is no such contact", "The pool knows none of this id"
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "The address takes other methods", "`Allow` names them"
    TIMEOUT = "timeout", 408, "The request came too slowly", "Head or body did not come in time"
    CONFLICT = "conflict", 409, "The state does not allow this", "`reason` says why, where there is one"
    OPEN = "open", 409, "The conversation is not over", "Rate it when it is"
    RATED = "rated", 409, "The conversation is rated", "Once is for good"
    IN_IVR = "in-ivr", 409, "The call is in a menu", "It goes on by /ivr/process"
    NOT_A_CALL = "not-a-call", 409, "The session is no call", "Calls begin with /ivr/process"
    KEY_OVER = "key-over", 409, "The key was used too long ago", "What became of the request is not known"
    ENDPOINT_DISABLED = "disabled", 409, "The endpoint is disabled", "Enable it first"
    DELIVERY_PENDING = "pending", 409, "It is being sent already", "Wait for what becomes of it"
    CLOSED = "closed", 409, "The conversation is over", "Start another one"
    ALREADY_CONNECTING = (
        "already-connecting",
        409,
        "An agent is being looked for",
        "Wait for the first answer",
    )
    ALREADY_ASSIGNED = "already-assigned", 409, "An agent has the contact", "It is served already"
    ALREADY_OFFERED = "already-offered", 409, "The contact is offered already", "To this very agent"
    STALE_OFFER = "stale-offer", 409, "The offer is over", "Or `offer_epoch` is not this offer's"
    NOT_HELD = "not-held", 409, "The agent does not hold the contact", "Or there is none of this id"
    NOT_ASSIGNED = "not-assigned", 409, "No agent serves the contact", "It waits, or is being offered"
    UNKNOWN_AGENT = "unknown-agent", 409, "There is no such agent", "The pool's configuration has none"
    UNKNOWN_QUEUE = "unknown-queue", 409, "There is no such queue", "The pool's configuration has none"
    UNKNOWN_POOL = "unknown-pool", 409, "There is no such pool", "The configuration has none"
    AGENT_OFFLINE = "agent-offline", 409, "The agent is offline", "Nothing can be offered to it"
    NOT_ROUTABLE = "not-routable", 409, "The agent takes nothing now", "It is away"
    NOT_PRESENT = "not-present", 409, "The agent's presence is not said", "Say it anew, by socket or by call"
    AT_CAPACITY = "at-capacity", 409, "The agent has no room", "Its slots are taken"
    NOT_OF_QUEUE = "not-of-queue", 409, "The agent does not serve the queue", "By its configuration"
    WRONG_CHANNEL = "wrong-channel", 409, "The agent does not serve the channel", "By its configuration"
    OFFERS_PAUSED = "offers-paused", 409, "Offers are paused", "By a switch; nothing is offered or assigned"
    SAME_AGENT = "same-agent", 409, "The contact is this agent's", "Nothing is to be done"
    SAME_QUEUE = "same-queue", 409, "The contact is in this queue", "Nothing is to be done"
    SYNTHETIC = "synthetic", 409, "Synthetic and real do not mix", "Test contacts are for test agents alone"
    NO_TARGET = "no-target", 409, "There is no target", "Name a queue or an agent"
    OUTDATED = "outdated", 412, "It was changed meanwhile", "`ETag` is the version that is published"
    TOO_LARGE = "too-large", 413, "The body is too large", "The detail names the limit"
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        "The media type is not known",
        "JSON or a form; of an image PNG, JPEG, GIF or WebP",
    )
    INVALID = "invalid", 422, "The request is not valid", "The detail says what is wrong, and at which field"
    KEY_REUSED = "key-reused", 422, "The key came with another request", "Take a new Idempotency-Key"
    TOO_MANY_REQUESTS = "too-many-requests", 429, "Too many requests", "This client's; see `Retry-After`"
    HEAD_TOO_LARGE = "head-too-large", 431, "The head is too large", "Address and headers have a limit"
    INTERNAL_ERROR = "internal-error", 500, "Something went wrong here", "A bug of ours; it is in the log"
    UNAVAILABLE = "unavailable", 503, "Not now", "Nothing was done; come again after `Retry-After`"
    MAINTENANCE = "maintenance", 503, "Down for maintenance", "`detail` is the message for customers"
    UNKNOWN_OUTCOME = (
        "unknown-outcome",
        503,
        "It is unknown whether this was done",
        "The log did not answer in time; sending it again may do it twice, unless it has an id of its own",
    )
    TOO_LATE = "too-late", 503, "This came too late", "It reached its owner past its time and was not done"

    def __init__(self, slug: str, status: int, title: str, meaning: str) -> None:
        self.slug, self.status, self.title, self.meaning = slug, HTTPStatus(status), title, meaning

    @property
    def type(self) -> str:
        """The URI reference that stands in the document."""
        return _PREFIX + self.slug


_BY_SLUG = {kind.slug: kind for kind in Kind}
_BY_STATUS = {kind.status: kind for kind in reversed(Kind)}
"""The first kind of each status is the one that says no more than the status."""


def kind_of(status: HTTPStatus, reason: str = "") -> Kind | None:
    """The kind of a refusal with this status and the reason of whoever refused; None where there is none."""
    named = _BY_SLUG.get(reason.replace("_", "-"))
    return named if named and named.status is status else _BY_STATUS.get(status)
