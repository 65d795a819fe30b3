"""To which sessions a supervisor may listen: those of the contacts that name them, as their pool says."""

from schemas.audit import Decided, RoutingEvent
from schemas.ids import session_of
from schemas.pool_view import PoolView
from schemas.states import ContactState

_ENDS = frozenset(
    {
        Decided.WRAPPING,
        Decided.COMPLETED,
        Decided.TRANSFERRED,
        Decided.REQUEUED,
        Decided.CANCELED,
        Decided.RELEASED,
    }
)


class Permits:
    """As of the last event heard. A permission lasts while the contact is assigned."""

    def __init__(self, supervisor: str) -> None:
        self._supervisor = supervisor
        self._contacts: set[str] = set()
        self._seq = 0

    @property
    def sessions(self) -> frozenset[str]:
        """Of all contacts that may be listened to."""
        return frozenset(map(session_of, self._contacts))

    def show(self, view: PoolView) -> None:
        """Begins with the whole pool; events that are in it count no more."""
        self._seq = view.seq
        self._contacts = {
            contact.contact_id
            for contact in view.contacts
            if contact.state is ContactState.ASSIGNED and self._supervisor in contact.listeners
        }

    def hear(self, event: RoutingEvent) -> None:
        """Takes the next event of the pool."""
        if event.seq <= self._seq:
            return
        self._seq = event.seq
        if event.event is Decided.LISTENING and event.by == self._supervisor:
            listens = self._contacts.add if event.reason == "on" else self._contacts.discard
            listens(event.contact_id)
        elif event.event in _ENDS:
            self._contacts.discard(event.contact_id)
