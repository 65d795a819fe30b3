"""What one agent holds by its own feed, what all hold together, and what must never be. Pure."""

from typing import NamedTuple, assert_never

from schemas.assignments import (
    AgentFeed,
    AgentState,
    AssignmentEnded,
    AssignmentMade,
    CommandRefused,
    HeldContact,
    OfferEnded,
    OfferMade,
)
from schemas.states import ContactState

WRAPPING = "wrapping"


class Breach(NamedTuple):
    """What must never be. `kind`: gap, repeat, capacity, two_agents, contradiction or garbled."""

    kind: str
    who: str
    detail: str


class Sequence:
    """Checks that numbers come one after another; the first one seen is where it starts."""

    def __init__(self, who: str, last: int | None = None) -> None:
        self.who = who
        self.last = last

    def see(self, seq: int) -> Breach | None:
        """The breach, if any; after a gap it goes on from `seq`, a repeated one changes nothing."""
        last = self.last
        if last is not None and seq <= last:
            return Breach("repeat", self.who, f"{seq} after {last}")
        self.last = seq
        if last is not None and seq > last + 1:
            return Breach("gap", self.who, f"{seq} after {last}")
        return None


class Ledger:
    """Which agents were offered or assigned each contact, over all agents.

    Feeds of different agents run apart in time, so a contact may seem to be with two of them until the
    first one's feed has told its end; what stays so is a breach, and so is one offer epoch for two.
    """

    def __init__(self) -> None:
        self._epochs: dict[tuple[str, int], str] = {}
        self._with: dict[str, set[str]] = {}

    def taken(self, agent: str, contact: str, epoch: int) -> Breach | None:
        """`agent` holds `contact`, by the offer of `epoch`."""
        self._with.setdefault(contact, set()).add(agent)
        first = self._epochs.setdefault((contact, epoch), agent)
        if first == agent:
            return None
        return Breach("two_agents", contact, f"offer epoch {epoch} to {first} and to {agent}")

    def freed(self, agent: str, contact: str) -> None:
        """`agent` no longer holds `contact`."""
        self._with.get(contact, set()).discard(agent)

    def shared(self) -> list[Breach]:
        """Contacts that are with two agents; at the end of a run, when all feeds are read, there are none."""
        return [
            Breach("two_agents", contact, "held by " + ", ".join(sorted(agents)))
            for contact, agents in self._with.items()
            if len(agents) > 1
        ]


class Book:
    """One agent's slots, as its feed tells them."""

    def __init__(self, agent: str, capacity: int, ledger: Ledger) -> None:
        self.agent = agent
        self.capacity = capacity
        self.held: dict[str, HeldContact] = {}
        self.known = False
        self._feed = Sequence(f"feed of {agent}")
        self._ledger = ledger

    @property
    def last_seq(self) -> int | None:
        """The last entry seen, None before the first."""
        return self._feed.last

    def apply(self, seq: int, entry: AgentFeed) -> list[Breach]:
        """Takes the next entry in; a repeated one is reported and otherwise ignored."""
        breach = self._feed.see(seq)
        if breach and breach.kind == "repeat":
            return [breach]
        if breach:
            self.known = False
        if isinstance(entry, AgentState):  # says all that those before it said: it may close a gap
            breach = None
        found = [breach, *self._change(entry)]
        if len(self.held) > self.capacity:
            found.append(Breach("capacity", self.agent, f"{len(self.held)} of {self.capacity} at {seq}"))
        return [one for one in found if one]

    def _change(self, entry: AgentFeed) -> list[Breach | None]:
        match entry:
            case AgentState():
                return self._state(entry)
            case OfferMade():
                return [self._take(_held(entry, ContactState.RESERVED))]
            case AssignmentMade():
                return [self._take(_held(entry, ContactState.ASSIGNED))]
            case OfferEnded():
                self._free(entry.contact_id)
            case AssignmentEnded():
                self._ended(entry)
            case CommandRefused():
                pass
            case _:
                assert_never(entry)
        return []

    def _state(self, entry: AgentState) -> list[Breach | None]:
        told = {contact.contact_id: contact for contact in entry.contacts}
        differs = self.known and told.keys() != self.held.keys()
        found: list[Breach | None] = []
        if differs:
            detail = f"state lists {sorted(told)}, the entries before it {sorted(self.held)}"
            found.append(Breach("contradiction", self.agent, detail))
        for contact in self.held.keys() - told.keys():
            self._ledger.freed(self.agent, contact)
        self.held, self.known = {}, True
        return found + [self._take(contact) for contact in entry.contacts]

    def _take(self, contact: HeldContact) -> Breach | None:
        self.held[contact.contact_id] = contact
        return self._ledger.taken(self.agent, contact.contact_id, contact.offer_epoch)

    def _ended(self, entry: AssignmentEnded) -> None:
        """A wrapping contact keeps its slot until it is completed."""
        held = self.held.get(entry.contact_id)
        if held and entry.reason == WRAPPING:
            self.held[entry.contact_id] = HeldContact(
                contact_id=held.contact_id,
                session_id=held.session_id,
                customer_id=held.customer_id,
                queue=held.queue,
                state=ContactState.WRAPPING,
                offer_epoch=held.offer_epoch,
            )
        else:
            self._free(entry.contact_id)

    def _free(self, contact: str) -> None:
        self.held.pop(contact, None)
        self._ledger.freed(self.agent, contact)


def _held(entry: OfferMade | AssignmentMade, state: ContactState) -> HeldContact:
    return HeldContact(
        contact_id=entry.contact_id,
        session_id=entry.session_id,
        customer_id=entry.customer_id,
        queue=entry.queue,
        state=state,
        offer_epoch=entry.offer_epoch,
    )
