"""The OpenAPI 3.1 document, made from the table of routes and the structs."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gateway.contract.route import FORM, JSON, Parameter, Route, Who
from gateway.contract.routes import ROUTES
from gateway.contract.shapes import Json, Shapes
from gateway.problems import Kind
from schemas.api import Problem
from schemas.release import RELEASE

_OF_ALL = (Kind.TOO_MANY_REQUESTS, Kind.TIMEOUT, Kind.INTERNAL_ERROR, Kind.UNAVAILABLE)
_PROBLEM = "application/problem+json"
_ABOUT = (
    "HTTP API of the contact center. Refusals are problem documents (RFC 9457) whose `type` programs may "
    "rely on; docs/api.md lists them. Sockets and topics: /asyncapi.json."
)


def openapi(routes: Iterable[Route] = ROUTES) -> Json:
    """The document."""
    table = tuple(routes)
    shapes = Shapes(dict.fromkeys(_types(table)))
    paths: dict[str, Json] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, shapes)
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "aicc", "version": RELEASE, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": shapes.components, "securitySchemes": {"bearer": bearer}},
    }


def _types(routes: Iterable[Route]) -> Iterator[Any]:
    yield Problem
    for route in routes:
        yield from (one for one in (route.body, route.answer, *route.others.values()) if _is_struct(one))
        yield from (parameter.type for parameter in route.parameters)


def _operation(route: Route, shapes: Shapes) -> Json:
    made: Json = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": f"Who may call: {route.who.text}",
        "security": route.who.security,
        "responses": dict(sorted(_responses(route, shapes).items())),
    }
    if route.parameters:
        made["parameters"] = [_parameter(one, shapes) for one in route.parameters]
    if route.body is not None:
        made["requestBody"] = _body(route, route.body, shapes)
    elif route.uploads:
        made["requestBody"] = {"required": True, "content": {route.uploads: {"schema": {"type": "string"}}}}
    return made


def _parameter(parameter: Parameter, shapes: Shapes) -> Json:
    said = {"description": parameter.says} if parameter.says else {}
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "schema": shapes.of(parameter.type),
        **said,
    }


def _body(route: Route, body: type[msgspec.Struct], shapes: Shapes) -> Json:
    content: Json = {JSON: {"schema": shapes.of(body)}}
    if route.forms:
        form = content[FORM] = {"schema": shapes.form_of(body)}
        if any(field.name == "skills" for field in msgspec.structs.fields(body)):
            form["encoding"] = {"skills": {"style": "form", "explode": False}}
    required = any(field.required for field in msgspec.structs.fields(body))
    return {"required": required, "content": content}


def _responses(route: Route, shapes: Shapes) -> dict[str, Json]:
    content = _content(route.answer, shapes) | (_content(route.or_as, shapes) if route.or_as else {})
    found = {"200": {"description": "Done.", "content": content}}
    for status, struct in route.others.items():
        found[str(status)] = {"description": "Not all of it.", "content": _content(struct, shapes)}
    kinds = (*route.problems, *_of_who(route), *_OF_ALL)
    for status in {kind.status for kind in kinds} - {*route.others}:
        types = ", ".join(f"`{kind.type}`" for kind in kinds if kind.status == status)
        content = {_PROBLEM: {"schema": shapes.of(Problem)}}
        found[str(status.value)] = {"description": f"A problem: {types}.", "content": content}
    return found


def _of_who(route: Route) -> tuple[Kind, ...]:
    return () if route.who is Who.ANYONE else (Kind.UNAUTHENTICATED, Kind.FORBIDDEN)


def _content(answer: type[msgspec.Struct] | str, shapes: Shapes) -> Json:
    if not isinstance(answer, str):
        return {JSON: {"schema": shapes.of(answer)}}
    return {answer: {"schema": {"type": "object"} if answer == JSON else {"type": "string"}}}


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
