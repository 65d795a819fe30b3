"""Random requests by the description of the API: whatever is answered is described, and no fault of ours."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.contract.openapi import openapi
from tests.conftest import SEED
from tests.end_to_end.clients import begin, call, post, post_as, token_of
from tests.platform import Platform

EXAMPLES = 12
AGENT, POOL, QUEUE = "beta-40", "pool-beta", "beta"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FRESH = ("/chat/message", "/chat/end", "/agent/connect")
"""What ends a session, or can be done to one but once, gets another each time."""

SCHEMA = schemathesis.openapi.from_dict(openapi())
SCHEMA.config.phases.coverage.enabled = False
SCHEMA.config.phases.examples.enabled = False
_numbers = count()


@pytest.fixture(scope="module")
def known(platform: Platform) -> Iterator[dict[str, Any]]:
    """Values by the names of fields that random ones would never hit."""
    session = begin(platform, "described")
    post_as(platform, AGENT, "/agent/presence", presence="routable")
    post(platform, "/agent/connect", session_id=session, queue=QUEUE)
    yield {
        "session_id": session,
        "contact_id": f"{session}.1",
        "customer_id": "described",
        "queue": QUEUE,
        "pool": POOL,
        "agent_id": AGENT,
        "to_agent": "beta-39",
        "skills": [],
        "steps": [],
        "preferred_agent": "",
    }
    post_as(platform, AGENT, "/agent/presence", presence="offline")
    post(platform, "/chat/end", session_id=session)


@SCHEMA.parametrize()
@seed(SEED)
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: "Case[Any]", platform: Platform, known: dict[str, Any]) -> None:
    if next(_numbers) % 2:
        _aim(case, platform, known)
    if case.method == "PUT" and isinstance(case.body, dict) and "version" not in case.body:
        case.body["pool"] = "another than in the address"  # no test has to live with a random pool
    if "wait_s" in case.query:
        case.query["wait_s"] = 0  # a long poll is no matter of its form
    is_agents = case.path.startswith("/agent/") and case.path != "/agent/connect"
    token = {"Authorization": f"Bearer {token_of(platform, AGENT)}"} if is_agents else {}
    case.call_and_validate(base_url=platform.base_url, headers=token, checks=CHECKS)


def _aim(case: "Case[Any]", platform: Platform, known: dict[str, Any]) -> None:
    """Puts what is there in the place of what is not."""
    if case.method == "PUT":
        case.body = call(platform, "GET", f"/admin/config/{POOL}").body
    elif isinstance(case.body, dict):
        case.body |= {name: value for name, value in known.items() if name in case.body}
        if case.path in FRESH:
            case.body["session_id"] = begin(platform, "described")
    for given in (case.query, case.path_parameters):
        given |= {name: value for name, value in known.items() if name in given}
