"""Bodies as k6, curl and browsers send them."""

import asyncio
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.answers import Refused
from gateway.bodies import BodyReader, ClientGone, read_body
from schemas.api import AgentConnect, ChatStart
from schemas.api_routing import AgentHeartbeat

JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
START, CONNECT = BodyReader(ChatStart), BodyReader(AgentConnect)


@pytest.mark.parametrize(
    ("media_type", "raw"),
    [
        (JSON, b'{"customer_id": "c", "message": "a b", "unknown": 1}'),
        (b"Application/JSON; charset=utf-8", b'{"customer_id": "c", "message": "a b"}'),
        (b"", b'{"customer_id": "c", "message": "a b"}'),
        (FORM, b"customer_id=c&message=a+b&unknown=1"),
        (b"application/x-www-form-urlencoded; charset=UTF-8", b"message=a%20b&customer_id=c"),
    ],
)
def test_both_kinds_read_the_same(media_type: bytes, raw: bytes) -> None:
    assert START.parse(media_type, raw) == ChatStart(customer_id="c", message="a b")


@pytest.mark.parametrize(
    ("media_type", "raw", "skills"),
    [
        (FORM, b"session_id=s&skills=a,b", ("a", "b")),
        (FORM, b"session_id=s&skills=a&skills=+b+,", ("a", "b")),
        (FORM, b"session_id=s&skills=", ()),
        (FORM, b"session_id=s", ()),
        (JSON, b'{"session_id": "s", "skills": ["a", ["b", 3]]}', ("a", ("b", 3))),
    ],
)
def test_skills_come_in_many_forms(media_type: bytes, raw: bytes, skills: tuple[Any, ...]) -> None:
    assert CONNECT.parse(media_type, raw).skills == skills


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert START.parse(JSON, b'{"customer_id": "c", "message": "\\\\u0000"}').message == "\\u0000"
    with pytest.raises(Refused):
        START.parse(JSON, b'{"customer_id": "c", "message": "\\u0000"}')


def test_a_nul_is_found_however_deep() -> None:
    for fields in ('"skills": ["a\\u0000"]', '"steps": [{"skills": [["b", 2], ["c\\u0000", 1]]}]'):
        with pytest.raises(Refused, match="NUL"):
            CONNECT.parse(JSON, f'{{"session_id": "s", {fields}}}'.encode())


@pytest.mark.parametrize(("media_type", "raw"), [(b"", b""), (JSON, b"{}"), (FORM, b"")])
def test_a_body_that_needs_no_field_may_be_none(media_type: bytes, raw: bytes) -> None:
    assert BodyReader(AgentHeartbeat).parse(media_type, raw) == AgentHeartbeat()


@given(raw=st.binary(max_size=200), media_type=st.sampled_from([JSON, FORM, b"", b"text/plain"]))
def test_no_bytes_do_more_than_be_refused(raw: bytes, media_type: bytes) -> None:
    with suppress(Refused):
        assert isinstance(START.parse(media_type, raw), ChatStart)


UNREADABLE = [
    (JSON, b"", "The body is empty; expected a JSON object or a form"),
    (b"", b" \r\n", "The body is empty; expected a JSON object or a form"),
    (JSON, b"{", "its JSON ends too early"),
    (JSON, b'{"customer_id": "c\\ud83d', "its JSON ends too early"),
    (JSON, b'{"customer_id": "c\\ud800"}', "half of a surrogate pair"),
    (JSON, b'{"customer_id": "c\\ud800", "message": "long enough"}', "half of a surrogate pair"),
    (JSON, b'{"customer_id": "\\udc00"}', "half of a surrogate pair"),
    (JSON, b'{"customer_id": "\xff"}', "The body is not UTF-8"),
    (FORM, b"customer_id=%ff", "The body is not UTF-8"),
    (JSON, b"customer_id=c", "invalid character (byte 0)"),
    (JSON, b'{"a": ' + b"[" * 50_000, "The body is nested too deeply"),
]


@pytest.mark.parametrize(("media_type", "raw", "detail"), UNREADABLE)
def test_what_is_wrong_with_a_body_is_said_in_words(media_type: bytes, raw: bytes, detail: str) -> None:
    with pytest.raises(Refused, match=re.escape(detail)) as refused:
        START.parse(media_type, raw)
    assert refused.value.answer.status == 400


@pytest.mark.parametrize("media_type", [JSON, b""])
def test_a_body_nested_too_deeply_is_refused(media_type: bytes) -> None:
    with pytest.raises(Refused) as refused:
        START.parse(media_type, b'{"customer_id": "c", "a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")
    assert refused.value.answer.status == 400


def _receive(*messages: dict[str, Any]) -> Any:
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(left)

    return receive


def _part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_may_come_in_parts() -> None:
    receive = _receive(_part(b"ab", more=True), _part(b"", more=True), _part(b"cd", more=False))
    assert asyncio.run(read_body(receive, b"", 4)) == b"abcd"


@pytest.mark.parametrize("declared", [b"5", b""])
def test_a_body_above_the_limit_is_not_read_on(declared: bytes) -> None:
    receive = _receive(_part(b"abc", more=True), _part(b"de", more=True))
    with pytest.raises(Refused) as refused:
        asyncio.run(read_body(receive, declared, 4))
    assert refused.value.answer.status == 413


def test_a_client_that_left_is_no_bug() -> None:
    receive = _receive(_part(b"abc", more=True), {"type": "http.disconnect"})
    with pytest.raises(ClientGone):
        asyncio.run(read_body(receive, b"9", 9))
