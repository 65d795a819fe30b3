"""Whether an answer is right, compiled once: the status first, the body only where it is asked for."""

from collections.abc import Callable

import msgspec

from loadgen.engine import Answer
from loadgen.profiles.model import Expect

WRONG = "wrong"
OK = "ok"
_decode = msgspec.json.Decoder().decode
_EMPTY: tuple[object, ...] = (None, "", [], {})

Check = Callable[[Answer], str]


def fields(body: bytes) -> dict[str, object]:
    """A JSON object's fields; {} for anything else."""
    try:
        found = _decode(body)
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}


def compiled(expect: Expect) -> Check:
    """Gives the kind under which an answer counts (see Cell)."""
    statuses = frozenset(expect.statuses)
    body_is_right = _body(expect)

    def check(answer: Answer) -> str:
        if answer.status in statuses and not answer.failure:
            return OK if body_is_right is None or body_is_right(answer.body) else WRONG
        kind = answer.kind
        return WRONG if kind == OK else kind

    return check


def _body(expect: Expect) -> Callable[[bytes], bool] | None:
    contains = expect.contains.encode()
    if not expect.present and not expect.json:
        return (lambda body: contains in body) if contains else None

    def right(body: bytes) -> bool:
        if contains and contains not in body:
            return False
        found = fields(body)
        if any(found.get(name) in _EMPTY for name in expect.present):
            return False
        return all(name in found and _fits(found[name], wanted) for name, wanted in expect.json.items())

    return right


def _fits(value: object, wanted: object) -> bool:
    """A list names all values that are right."""
    return value in wanted if isinstance(wanted, list) else value == wanted
