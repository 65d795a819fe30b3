"""What is described is what is there, and what is there is described."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from gateway.app import make_app
from gateway.contract.asyncapi import asyncapi
from gateway.contract.channels import SOCKETS, STREAMS
from gateway.contract.command import DOCS, DOCUMENTS, written
from gateway.contract.openapi import openapi
from gateway.contract.routes import ROUTES
from gateway.settings import GatewaySettings
from schemas.topics import TOPICS
from tests.gateway.process import GatewayProcess


@pytest.fixture(scope="module")
def app() -> Starlette:
    front: Any = make_app(GatewaySettings())
    app = front._app
    assert isinstance(app, Starlette)
    return app


def test_every_route_is_in_the_table_and_no_other(app: Starlette) -> None:
    served = {
        (method, re.sub(r":\w+}", "}", route.path))
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or {"GET"}) - {"HEAD"}
    }
    described = {(route.method, route.path) for route in ROUTES}
    assert not served - described, "add a row to gateway/contract/tables for each of these"
    assert not described - served, "gateway/contract/tables describes what the app does not serve"
    assert len(described) == len(ROUTES), "a route stands twice in gateway/contract/tables"


def test_every_socket_and_topic_is_in_its_table_and_no_other(app: Starlette) -> None:
    sockets = {route.path for route in app.routes if isinstance(route, WebSocketRoute)}
    assert sockets == {socket.path for socket in SOCKETS}, (
        "keep SOCKETS in gateway/contract/channels.py level"
    )
    topics = {one.name for one in TOPICS if not one.name.endswith((".dlq", "-changelog"))}
    assert topics == {one.topic.name for one in STREAMS}, "keep STREAMS in gateway/contract/channels.py level"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_committed_is_what_is_generated(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == written(DOCUMENTS[name]()), f"run aicc-schemas and commit docs/{name}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_served_is_what_is_generated(gateway: GatewayProcess, name: str) -> None:
    answer = gateway.get(f"/{name}")
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.body == DOCUMENTS[name]()


def test_openapi_is_valid() -> None:
    OpenAPIV31SpecValidator(openapi()).validate()


def test_asyncapi_refers_to_what_is_there() -> None:
    document = asyncapi()
    for reference in _references(document):
        assert _resolved(document, reference) is not None, reference
    for name, operation in document["operations"].items():
        assert operation["action"] in ("send", "receive")
        prefix = operation["channel"]["$ref"] + "/messages/"
        assert all(one["$ref"].startswith(prefix) for one in operation["messages"]), name


def test_asyncapi_says_what_records_and_their_headers_are() -> None:
    document = asyncapi()
    offers = document["channels"]["agent.assignments"]
    assert offers["bindings"]["kafka"]["partitions"] == 8
    message = _resolved(document, offers["messages"]["OfferMade"]["$ref"])
    assert message["name"] == "offer.made"
    assert "cause" in message["headers"]["required"]
    payload = _resolved(document, message["payload"]["$ref"])
    assert payload["properties"]["type"]["enum"] == ["offer.made"]
    assert {"agent_id", "seq", "contact_id", "offer_epoch", "timeout_s"} <= set(payload["required"])


def _references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for one in part.values():
                yield from _references(one)
        case list():
            for one in part:
                yield from _references(one)


def _resolved(document: Any, reference: str) -> Any:
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_documents_say_nothing_of_this_machine() -> None:
    for make in DOCUMENTS.values():
        assert "/home" not in json.dumps(make())
