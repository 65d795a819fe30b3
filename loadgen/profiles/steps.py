"""What users do: the platform's own requests by short names, and any others by method and path. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from loadgen import bodies
from loadgen.profiles.model import NOTHING, Expect, Step
from loadgen.profiles.sections import (
    ProfileError,
    Section,
    distribution,
    items,
    shown,
    texts,
    unknown,
)


def customers_of(run: str) -> str:
    """What the ids of a run's customers begin with; a number follows. By it they are purged."""
    return f"run-{run}-"


CUSTOMER = customers_of("${run}") + "${number}"

METHODS = ("get", "post", "put", "delete")
NAMES = ("run", "vu", "iteration", "number", "now_ms", "uuid", "token")
"""What every ${…} may name without any step's having saved it; `token` is one of the run's token file, empty
without one, until a step saves one of its own."""

_NAME = re.compile(r"\$\{(\w*)\}")
_FORM = "application/x-www-form-urlencoded"
_COMMON = ("name", "think", "times", "needed", "expect", "save")
_OURS = (*_COMMON, "fields")
_GENERIC = (*_COMMON, "path", "json", "form", "body", "headers")
_EXPECT = ("status", "contains", "present", "json")
_TOKEN = (("Authorization", "Bearer ${token}"),)


@dataclass(frozen=True)
class _Known:
    """A request of this platform; `then` follows within the same visit."""

    step: Step
    fields: dict[str, object] = field(default_factory=dict)
    then: "tuple[_Known, ...]" = ()


_IVR = Expect(json={"status": "ivr"}, present=("session_id", "prompt", "expects"))

PLATFORM: dict[str, _Known] = {
    "start": _Known(
        Step(
            "start",
            "POST",
            bodies.START,
            expect=Expect(present=("session_id",), json={"status": "bot"}),
            save={"session": "session_id", "token": "token"},
            needed=True,
        ),
        {"customer_id": CUSTOMER, "message": "Hello", "synthetic": True},
    ),
    "message": _Known(
        Step(
            "message",
            "POST",
            bodies.MESSAGE,
            headers=_TOKEN,
            expect=Expect(present=("message_id", "session_id")),
        ),
        {"session_id": "${session}", "message": "Where is order ${number}?", "message_id": "${uuid}"},
    ),
    "connect": _Known(
        Step(
            "connect",
            "POST",
            bodies.CONNECT,
            headers=_TOKEN,
            expect=Expect(present=("session_id",), json={"status": ["assigned", "queued"]}),
        ),
        {"session_id": "${session}", "queue": "${queue}"},
    ),
    # A call of two requests that ends by itself: it asks for an order, and types its number.
    "ivr": _Known(
        Step("ivr", "POST", "/ivr/process", expect=_IVR, save={"call": "session_id", "call_token": "token"}),
        {"customer_id": CUSTOMER, "input": "3", "synthetic": True},
        then=(
            _Known(
                Step(
                    "ivr",
                    "POST",
                    "/ivr/process",
                    headers=(("Authorization", "Bearer ${call_token}"),),
                    expect=Expect(present=("session_id", "prompt"), json={"status": "closed"}),
                ),
                {"session_id": "${call}", "input": "12345", "message_id": "${uuid}"},
            ),
        ),
    ),
    "history": _Known(
        Step(
            "history",
            "GET",
            f"{bodies.HISTORY}?customer_id={CUSTOMER}&limit=20",
            expect=Expect(contains='"items":['),
        )
    ),
    "own-history": _Known(
        Step(
            "own-history",
            "GET",
            f"{bodies.HISTORY}?session_id=${{session}}",
            headers=_TOKEN,
            expect=Expect(contains='"items":['),
        )
    ),
    "metrics": _Known(
        Step(
            "metrics",
            "GET",
            "/monitoring/metrics",
            expect=Expect(present=("at_ms", "queues", "rates"), contains='"requests_per_s":'),
        )
    ),
    "end": _Known(
        Step("end", "POST", bodies.END, headers=_TOKEN, expect=Expect(present=("session_id",))),
        {"session_id": "${session}"},
    ),
}


def steps_of(value: object, queue: str, path: str = "steps") -> tuple[Step, ...]:
    """`queue` is what `connect` asks for. Raises ProfileError."""
    found: list[Step] = []
    saved = {*NAMES, "queue"}
    for index, one in enumerate(items(value, path)):
        at = f"{path}[{index}]"
        for step in _steps(one, at):
            _check_names(step, saved, at)
            saved |= step.save.keys()
            found.append(_for_queue(step, queue))
    if not found:
        raise ProfileError(f"{path}: there is none")
    return tuple(found)


def _steps(value: object, path: str) -> list[Step]:
    verb, options = _taken_apart(value, path)
    if verb in METHODS:
        return [_generic(verb, options, f"{path}.{verb}")]
    return _ours(PLATFORM[verb], Section(options, f"{path}.{verb}", _OURS))


def _taken_apart(value: object, path: str) -> tuple[str, dict[object, object]]:
    """`start`, `start: {think: 1s}`, `get: /path` or `get: {path: /path}`; options may stand beside it."""
    allowed = (*PLATFORM, *METHODS)
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, dict) or not value:
        raise ProfileError(f"{path}: a step is one of {', '.join(allowed)}, not {shown(value)}")
    verbs = [key for key in value if key in allowed]
    if not verbs:
        raise ProfileError(f"{path}: {unknown('step', str(next(iter(value))), allowed)}")
    if len(verbs) > 1:
        raise ProfileError(f"{path}: {' and '.join(verbs)} are two steps; begin each with its own dash")
    verb = str(verbs[0])
    beside = {key: one for key, one in value.items() if key != verb}
    given = value[verb]
    if isinstance(given, str):
        given = {"path": given}
    if given is not None and not isinstance(given, dict):
        raise ProfileError(f"{path}.{verb}: must be a mapping of options, not {shown(given)}")
    return verb, {**beside, **(given or {})}


def _ours(known: _Known, section: Section) -> list[Step]:
    changed = Section(section.get("fields") or {}, section.at("fields"), known.fields)
    fields = {**known.fields, **{key: changed.get(key) for key in known.fields if changed.has(key)}}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")) if fields else ""
    first = _with_options(replace(known.step, body=body), section)
    rest = [step for one in known.then for step in _ours(one, Section({}, section.path, ()))]
    return [first, *(replace(step, think=first.think) for step in rest)]


def _generic(verb: str, options: object, path: str) -> Step:
    section = Section(options, path, _GENERIC)
    where = section.text("path")
    if not where.startswith("/"):
        raise ProfileError(f"{section.at('path')}: must begin with /, not {shown(where)}")
    bodies_given = [key for key in ("json", "form", "body") if section.has(key)]
    if len(bodies_given) > 1:
        raise ProfileError(f"{path}: {' and '.join(bodies_given)} are two bodies")
    body, kind = _body(section)
    headers = section.get("headers") or {}
    pairs = tuple((str(name), str(one)) for name, one in _mapping(headers, section.at("headers")).items())
    name = section.text("name", where.partition("?")[0])
    return _with_options(Step(name, verb.upper(), where, body, kind, pairs), section)


def _body(section: Section) -> tuple[str, str]:
    if section.has("json"):
        return json.dumps(section.get("json"), ensure_ascii=False, separators=(",", ":")), "application/json"
    if section.has("form"):
        fields = _mapping(section.get("form"), section.at("form"))
        return urlencode(fields, safe="${}"), _FORM
    return section.text("body"), "application/json"


def _with_options(step: Step, section: Section) -> Step:
    return replace(
        step,
        name=section.text("name", step.name),
        think=section.read("think", distribution, NOTHING),
        times=section.number("times", step.times),
        needed=section.flag("needed") if section.has("needed") else step.needed,
        expect=section.read("expect", _expect, step.expect),
        save={**step.save, **_saves(section)},
    )


def _saves(section: Section) -> dict[str, str]:
    found = _mapping(section.get("save") or {}, section.at("save"))
    for name in found:
        if not re.fullmatch(r"\w+", name) or name in NAMES[:-1]:
            raise ProfileError(f"{section.at('save')}.{name}: is no name of one's own, of letters and digits")
    return {name: str(one) for name, one in found.items()}


def _expect(value: object, path: str) -> Expect:
    section = Section(value, path, _EXPECT)
    usual: tuple[str, ...] = ("200",)
    statuses = section.read("status", texts, usual)
    if not all(re.fullmatch(r"[1-5]\d\d", status) for status in statuses):
        raise ProfileError(f"{section.at('status')}: must be a status like 200, or a list of them")
    return Expect(
        statuses=tuple(int(status) for status in statuses),
        contains=section.text("contains"),
        present=section.read("present", texts, ()),
        json=_mapping(section.get("json") or {}, section.at("json")),
    )


def _mapping(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ProfileError(f"{path}: must be a mapping, not {shown(value)}")
    return {str(key): one for key, one in value.items()}


def _check_names(step: Step, saved: set[str], path: str) -> None:
    for written in (step.path, step.body, *(value for _, value in step.headers)):
        for name in _NAME.findall(written):
            if name not in saved:
                raise ProfileError(
                    f"{path}: ${{{name}}} is saved by no step before it; {unknown('name', name, saved)}"
                )


def _for_queue(step: Step, queue: str) -> Step:
    def put(written: str) -> str:
        return written.replace("${queue}", queue)

    return replace(step, path=put(step.path), body=put(step.body))
