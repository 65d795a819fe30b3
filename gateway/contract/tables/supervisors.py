"""What supervisors ask."""

from gateway.contract.parameters import OF_SESSIONS
from gateway.contract.route import Route, Who, post
from gateway.problems import Kind
from schemas import api, api_routing
from schemas.answers import Explanation

_OF_SUPERVISORS = (Kind.UNKNOWN_CONTACT, Kind.CONFLICT, Kind.TOO_LATE)

_TAKEN = api_routing.CommandTaken

ROUTES: tuple[Route, ...] = (
    post(
        "/supervisor/move",
        "A contact waits in another queue of its pool",
        Who.SUPERVISOR,
        api_routing.SupervisorMove,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/assign",
        "A contact is offered to this agent",
        Who.SUPERVISOR,
        api_routing.SupervisorAssign,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/prioritize",
        "A contact gets another priority",
        Who.SUPERVISOR,
        api_routing.SupervisorPrioritize,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/presence",
        "An agent's presence, said for it",
        Who.SUPERVISOR,
        api_routing.SupervisorPresence,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/listen",
        "The supervisor may listen to a contact, or no more",
        Who.SUPERVISOR,
        api_routing.SupervisorListen,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/whisper",
        "A word to the agent who has the contact, hidden from the customer",
        Who.SUPERVISOR,
        api_routing.SupervisorWhisper,
        api.MessageAccepted,
        *OF_SESSIONS,
        Kind.NOT_ASSIGNED,
        Kind.TOO_LATE,
    ),
    post(
        "/routing/explain",
        "Why a contact is where it is, or would be; changes nothing",
        Who.SUPERVISOR,
        api_routing.RoutingExplain,
        Explanation,
        *_OF_SUPERVISORS,
    ),
)
