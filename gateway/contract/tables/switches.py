"""What operators turn, and what customers read of it."""

from gateway.contract.route import Parameter, Route, Who, get
from gateway.problems import Kind
from gateway.switches import Notice, Switches, SwitchSeen, SwitchTurn

ROUTES: tuple[Route, ...] = (
    get("/ops/switches", "How each switch stands", Who.SUPERVISOR, Switches, Kind.UNAVAILABLE),
    Route(
        method="PUT",
        path="/ops/switches/{name}",
        summary="Turns a switch on or off; what is of one pool alone also by its supervisors",
        who=Who.SUPERVISOR,
        body=SwitchTurn,
        answer=SwitchSeen,
        parameters=(Parameter(name="name", where="path", required=True, says="As the list has it."),),
        problems=(
            Kind.UNREADABLE,
            Kind.FORBIDDEN,
            Kind.NOT_FOUND,
            Kind.TOO_LARGE,
            Kind.INVALID,
            Kind.UNAVAILABLE,
            Kind.UNKNOWN_OUTCOME,
        ),
    ),
    get("/chat/notice", "What customers are to read before a chat: a maintenance", Who.ANYONE, Notice),
)
