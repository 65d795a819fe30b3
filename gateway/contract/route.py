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


class Who(Enum):
    """Who may call, and whether a token says so."""

    ANYONE = "Anyone.", False
    CUSTOMER = "Whoever knows the session's id.", False
    AGENT = "An agent, by its token.", True
    SUPERVISOR = "Anyone in the local profile, nobody in any other.", False
    ADMIN = "Anyone in the local profile, nobody else.", False

    def __init__(self, text: str, bears_token: bool) -> None:
        self.text, self.bears_token = text, bears_token


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
    """A method at an address. `answer` is the 200's struct, or the media type of another body; `others` are
    answers with structs that are no problems. `forms` says whether the body may be a form, too."""

    method: str
    path: str
    summary: str
    who: Who
    answer: type[msgspec.Struct] | str
    body: type[msgspec.Struct] | None = None
    forms: bool = False
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
    by_token = (Kind.UNAUTHENTICATED,) if who.bears_token else ()
    by_profile = (Kind.FORBIDDEN,) if who is Who.SUPERVISOR else ()
    return Route(
        method="POST",
        path=path,
        summary=summary,
        who=who,
        body=body,
        forms=True,
        answer=answer,
        parameters=(TRACEPARENT,),
        problems=(*OF_BODIES, *by_token, *by_profile, *problems, Kind.UNAVAILABLE, Kind.UNKNOWN_OUTCOME),
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
TRACEPARENT = Parameter(
    name="traceparent", where="header", says="W3C Trace Context; it goes into the record and on."
)
