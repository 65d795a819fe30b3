"""Every refusal is a problem document of a documented type."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from gateway import chat, pools
from gateway.contract.command import DOCS
from gateway.problems import Kind, kind_of
from tests.gateway.process import JSON, GatewayProcess

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.slug)
def test_each_type_is_documented(kind: Kind) -> None:
    row = f"| `{kind.type}` | {kind.status.value} | {kind.title} | {kind.meaning} |"
    assert row in (DOCS / "api.md").read_text(encoding="utf-8").splitlines()


def test_each_status_that_the_gateway_answers_has_a_type() -> None:
    said = {
        HTTPStatus[name]
        for path in (ROOT / "gateway").rglob("*.py")
        for name in re.findall(r"HTTPStatus\.([A-Z_]+)", path.read_text(encoding="utf-8"))
    }
    assert len(said) > 8
    without = {status for status in said if status >= 400 and kind_of(status) is None}
    assert not without, "add a kind to gateway/problems.py, and its row to docs/api.md"


def test_each_reason_has_a_type_of_its_own() -> None:
    refusals = re.compile(r'(?:refuse\(decision, command, |CONFLICT, (?:reason=)?)"([a-z_]+)"')
    reasons = {
        reason
        for folder in ("routing", "conversations")
        for path in (ROOT / "streams" / folder).glob("*.py")
        for reason in refusals.findall(path.read_text(encoding="utf-8"))
    } | {*pools._REASONS, *chat.REASONS}
    assert {"stale_offer", "closed"} <= reasons
    slugs = {kind.slug for kind in Kind}
    assert not {reason for reason in reasons if reason.replace("_", "-") not in slugs}


@pytest.mark.parametrize(
    ("method", "path", "body", "media_type", "kind"),
    [
        ("POST", "/chat/start", b"{", JSON, Kind.UNREADABLE),
        ("POST", "/chat/start", b"{}", JSON, Kind.INVALID),
        ("POST", "/chat/start", b"x", "text/plain", Kind.UNSUPPORTED_MEDIA_TYPE),
        ("POST", "/chat/start", b'"' + b"x" * 70_000 + b'"', JSON, Kind.TOO_LARGE),
        ("POST", "/chat/message", b'{"session_id":"x","message":"y"}', JSON, Kind.UNKNOWN_SESSION),
        ("POST", "/agent/accept", b"{}", JSON, Kind.UNAUTHENTICATED),
        ("GET", "/consultation/history?session_id=x", None, JSON, Kind.UNKNOWN_SESSION),
        ("GET", "/consultation/history?queue=", None, JSON, Kind.INVALID),
        ("GET", "/nowhere", None, JSON, Kind.NOT_FOUND),
        ("DELETE", "/chat/start", None, JSON, Kind.METHOD_NOT_ALLOWED),
    ],
)
def test_what_is_refused_says_its_type(
    gateway: GatewayProcess, method: str, path: str, body: bytes | None, media_type: str, kind: Kind
) -> None:
    answer = gateway.ask(method, path, body, {"Content-Type": media_type})
    assert answer.media_type == "application/problem+json"
    assert answer.status == answer.body["status"] == kind.status
    assert (answer.body["type"], answer.body["title"]) == (kind.type, kind.title)
