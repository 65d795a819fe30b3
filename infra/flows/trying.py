"""A flow tried in a terminal: lines in, what a caller would hear out."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from infra.flows.simulation import QUEUE_SAYS, Heard, Simulation
from schemas.flows import Flow

HELP = """\
What is typed is pressed or said; an empty line is silence. Beside that:
  :hangup              the caller hangs up
  :at TIME             the clock, as 2026-12-25T10:00+09:00
  :later SECONDS       time passes
  :waiting QUEUE N     so many wait in the queue
  :queue WORD          the queue answers: agent, closed, full or late
  :attributes          what the flow has learned
  :quit
"""


class Mistake(ValueError):
    """What was typed is nothing that can be done."""


def attempt(
    flow: Flow, now_ms: int, waiting: dict[str, int], lines: Iterable[str], say: Callable[[str], None]
) -> str:
    """The call from its beginning to its end, or until the lines are over; how it ended, empty if it did
    not. Raises Mistake at a line that is no command; what was said before stands."""
    call = Simulation(flow, now_ms, waiting)
    _tell(call.begin(), say, {})
    for line in lines:
        if call.ended or line.strip() == ":quit":
            break
        before = dict(call.attributes)
        heard = _do(call, line.rstrip("\n"), say)
        if heard is not None:
            _tell(heard, say, before)
    if call.ended:
        say(f"== {call.ended}")
    return call.ended


def moment(text: str) -> int:
    """Unix milliseconds of an ISO time; without an offset UTC. Raises Mistake."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Mistake(f"{text!r} is no time such as 2026-12-25T10:00+09:00") from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _do(call: Simulation, line: str, say: Callable[[str], None]) -> Heard | None:
    if not line.startswith(":"):
        return call.say(line)
    match line[1:].split():
        case ["hangup"]:
            return call.hang_up()
        case ["at", text]:
            call.now_ms = moment(text)
        case ["later", seconds] if seconds.isdigit():
            call.later(int(seconds))
        case ["waiting", queue, count] if count.isdigit():
            call.waiting[queue] = int(count)
        case ["queue", word] if word == "agent" or word in QUEUE_SAYS:
            if not call.waits:
                raise Mistake("the call is in no queue")
            return call.queue_says(word)
        case ["attributes"]:
            for name, value in call.attributes.items():
                say(f"   {name} = {value}")
        case ["help"]:
            say(HELP)
        case _:
            raise Mistake(f"{line!r} is no command: :help has them")
    return None


def _tell(heard: Heard, say: Callable[[str], None], before: dict[str, str]) -> None:
    for name, value in heard.attributes.items():
        if before.get(name) != value:
            say(f"   {name} = {value}")
    reason = f", {heard.reason}" if heard.reason else ""
    say(f"[{heard.status} {heard.node}{reason}] {heard.prompt}".rstrip())
