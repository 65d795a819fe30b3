"""One session's transcript on its way to an agent's or a supervisor's socket."""

from gateway.realtime.feed import Entry
from gateway.realtime.frames import Reset, session_frame, text_of
from gateway.realtime.outlet import Outlet


class Transcript:
    """Reads one session for `outlet`."""

    def __init__(self, session_id: str, outlet: Outlet) -> None:
        self._session_id = session_id
        self._outlet = outlet
        self.has_room = outlet.has_room
        self.room = outlet.room

    def deliver(self, entry: Entry) -> None:
        """An entry of the transcript."""
        self._outlet.push(session_frame(self._session_id, entry.seq, entry.data))

    def reset(self) -> None:
        """It begins anew."""
        self._outlet.push(text_of(Reset(feed="session", session_id=self._session_id)))
