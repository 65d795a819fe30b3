"""Which sessions an agent may read: those of the contacts in its slots, as its feed says."""

from typing import assert_never

from schemas.assignments import (
    AgentFeed,
    AgentState,
    AssignmentEnded,
    AssignmentMade,
    CommandRefused,
    OfferEnded,
    OfferMade,
)
from schemas.states import ContactState

_READABLE = frozenset({ContactState.ASSIGNED, ContactState.WRAPPING})
WRAPPING = "wrapping"


class Held:
    """The agent's contacts as of the last entry heard."""

    def __init__(self) -> None:
        self._sessions: dict[str, str] = {}

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions of all its contacts."""
        return frozenset(self._sessions.values())

    def hear(self, entry: AgentFeed) -> None:
        """Takes the next entry of the agent's feed."""
        match entry:
            case AgentState(contacts=contacts):
                self._sessions = {
                    held.contact_id: held.session_id for held in contacts if held.state in _READABLE
                }
            case AssignmentMade(contact_id=contact, session_id=session):
                self._sessions[contact] = session
            case AssignmentEnded(contact_id=contact, reason=reason):
                # While the agent wraps up, the transcript stays.
                if reason != WRAPPING:
                    self._sessions.pop(contact, None)
            case OfferMade() | OfferEnded() | CommandRefused():
                pass
            case _:
                assert_never(entry)
