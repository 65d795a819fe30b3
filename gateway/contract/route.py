"""What is said of a route: the words that the table is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from gateway.problems import Kind

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"
XML = "text/xml"


class Who(Enum):
    """Who may call, and whether a token says so."""

    ANYONE = "Anyone.", False
    CUSTOMER = "The customer of the session; in the local profile its id is enough.", False
    READER = "The customer of the session, or staff; in the local profile the session's id is enough.", False
    STAFF = "An agent, a supervisor or an administrator.", True
    AGENT = "An agent.", True
    SUPERVISOR = "A supervisor or an administrator; in the local profile anyone.", False
    ADMIN = "An administrator; in the local profile anyone.", False

    def __init__(self, text: str, always: bool) -> None:
        self.text, self.always_bears = text, always

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """As OpenAPI says it: nothing, a token, or either."""
        if self is Who.ANYONE:
            return []
        return [{"bearer": []}] if self.always_bears else [{"bearer": []}, {}]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the query, the path or the head (`where`); `type` is what msgspec makes a schema of."""

    name: str
    type: Any = str
    where: str = "query"
    required: bool = False
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method at an address. `answer` is the 200's struct, or the media type of another body, `or_as` a
    second media type of it; `others` are answers with structs that are no problems. `forms` says whether the
    body may be a form, too; `uploads` is the media type of a body that is a file."""

    method: str
    path: str
    summary: str
    who: Who
    answer: type[msgspec.Struct] | str
    or_as: str = ""
    body: type[msgspec.Struct] | None = None
    forms: bool = False
    uploads: str = ""
    parameters: tuple[Parameter, ...] = ()
    others: Mapping[int, type[msgspec.Struct]] = field(default_factory=dict)
    problems: tuple[Kind, ...] = ()

    @property
    def operation_id(self) -> str:
        """One word for it, as generators of clients want it."""
        words = self.path.translate(str.maketrans("/-{}", "    ")).split()
        return "_".join((self.method.lower(), *words))

    @property
    def tag(self) -> str:
        """The first part of its address."""
        return self.path.split("/")[1]


def post(
    path: str,
    summary: str,
    who: Who,
    body: type[msgspec.Struct],
    answer: type[msgspec.Struct],
    *problems: Kind,
) -> Route:
    """A POST whose body is JSON or a form."""
    return Route(
        method="POST",
        path=path,
        summary=summary,
        who=who,
        body=body,
        forms=True,
        answer=answer,
        parameters=(TRACEPARENT, KEY),
        problems=(*OF_BODIES, *problems, Kind.UNKNOWN_OUTCOME),
    )


def get(
    path: str,
    summary: str,
    who: Who,
    answer: type[msgspec.Struct] | str,
    *problems: Kind,
    parameters: tuple[Parameter, ...] = (),
) -> Route:
    """A GET."""
    return Route(
        method="GET",
        path=path,
        summary=summary,
        who=who,
        answer=answer,
        parameters=parameters,
        problems=problems,
    )


OF_BODIES = (Kind.UNREADABLE, Kind.TOO_LARGE, Kind.UNSUPPORTED_MEDIA_TYPE, Kind.INVALID)
KEY = Parameter(
    name="idempotency-key", where="header", says="Equal requests under one key are done once: docs/api.md."
)
TRACEPARENT = Parameter(
    name="traceparent", where="header", says="W3C Trace Context; it goes into the record and on."
)
