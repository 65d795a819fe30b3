"""Requests that are well-formed HTTP, and nothing that the application takes."""

import json
import random

from tests.gateway.case import ANY_REFUSAL, FORM, HERE, JSON, Case, request
from tests.gateway.forged import forged_token

UNREADABLE = frozenset({400, 422})
_AGENT = ("presence", "heartbeat", "accept", "reject", "complete", "transfer")
_OPEN = (
    "/chat/start",
    "/chat/message",
    "/chat/end",
    "/agent/connect",
    "/routing/explain",
    "/supervisor/move",
)


def _post(rng: random.Random, kind: str, body: bytes, allowed: frozenset[int], media: str = JSON) -> Case:
    return Case(kind, request("POST", rng.choice(_OPEN), body, {"Content-Type": media}), allowed, False)


def media_types(rng: random.Random) -> Case:
    media = rng.choice(
        ("text/plain", "multipart/form-data; boundary=x", "application/xml", "x", "é", "a/b" * 500)
    )
    return _post(rng, "media types", b'{"customer_id": "c"}', frozenset({415}), media)


def not_utf8(rng: random.Random) -> Case:
    media = rng.choice((JSON, FORM))
    quoted = b'{"customer_id": "%s"}' if media == JSON else b"customer_id=%s"
    body = quoted % rng.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28\xa1"))
    return _post(rng, "not UTF-8", body, UNREADABLE, media)


def bad_forms(rng: random.Random) -> Case:
    body = rng.choice(
        (b"customer_id=%ff", b"a=1&" * 500, b"=", b"&&&&", b"customer_id=%00", b"session_id=" + b"x" * 500)
    )
    return _post(rng, "bad forms", body, UNREADABLE, FORM)


def deep_json(rng: random.Random) -> Case:
    depth = rng.randint(2_000, 9_000)
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    value = opening * depth + b"1" + closing * rng.choice((0, depth))
    body = rng.choice((value, b'{"customer_id": "c", "unknown": ' + value + b"}"))
    return _post(rng, "deep JSON", body, UNREADABLE | {413})


def numbers(rng: random.Random) -> Case:
    number = rng.choice(
        ("1e9999", "-1e9999", "9" * 5_000, "0." + "1" * 5_000, "NaN", "Infinity", "01", "-", "1e", "0x1")
    )
    field = rng.choice(("customer_id", "session_id", "contact_id", "queue", "message"))
    return _post(rng, "numbers", f'{{"{field}": {number}}}'.encode(), UNREADABLE)


def texts(rng: random.Random) -> Case:
    text = rng.choice(
        (
            r"\u0000",
            r"\ud800",
            r"\udc00\ud800",
            r"\x",
            "\n",
            "\t",
            "\x00",
            r"\u12",
            "x" * 5_000,
            "\u202e" * 200,
        )
    )
    body = json.dumps(
        {"customer_id": "?", "session_id": "?", "message": "?", "contact_id": "?", "queue": "?"}
    )
    return _post(rng, "texts", body.replace("?", text).encode(), UNREADABLE | {404})


def wrong_shapes(rng: random.Random) -> Case:
    shapes = (
        b"",
        b" ",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"{}",
        b'{"customer_id": null}',
        b'{"customer_id": {}}',
        b"{]",
        b"\xef\xbb\xbf{}",
    )
    return _post(rng, "wrong shapes", rng.choice(shapes), UNREADABLE)


def giant_bodies(rng: random.Random) -> Case:
    head = b"POST %s HTTP/1.1\r\n%sConnection: close\r\n" % (
        rng.choice((b"/chat/start", b"/admin/webhooks")),
        HERE,
    )
    said = b"Content-Length: %d\r\n\r\n{" % (10 ** rng.randint(6, 15))
    chunked = (
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 6 + b"0\r\n\r\n"
    )
    return Case("giant bodies", head + rng.choice((said, chunked)), frozenset({413}))


def paths(rng: random.Random) -> Case:
    path = rng.choice(
        (
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/chat/start/../../admin",
            "//chat/start",
            "/chat/start%00",
            "/chat/start;x",
            "/%ff%fe",
            "/%c0%ae%c0%ae/",
            "/admin/config/%00",
            "/admin/config/..%2f..%2fx",
            "/admin/webhooks/deliveries/x/retry",
            "/" + "a" * 16_000,
            "/" + "%41" * 5_000,
        )
    )
    return Case("paths", request(rng.choice(("GET", "POST", "PUT", "DELETE")), path), ANY_REFUSAL, False)


def methods(rng: random.Random) -> Case:
    method = rng.choice(("DELETE", "PUT", "PATCH", "TRACE", "OPTIONS", "HEAD", "PROPFIND", "PURGE"))
    return Case("methods", request(method, rng.choice(_OPEN)), frozenset({405}), False)


def queries(rng: random.Random) -> Case:
    path = rng.choice(("/consultation/history", "/admin/config/audit", "/admin/webhooks/deliveries"))
    query = rng.choice(
        (
            "limit=0&customer_id=c",
            "limit=" + "9" * 5_000,
            "limit=%D9%A3&customer_id=c",
            "before=-1&cursor=x&customer_id=c",
            "before=1e9&customer_id=c&cursor=" + "A" * 5_000,
            "state=%00&pool=%00&customer_id=%00",
            "state=%ff&pool=%ff&customer_id=%ff",
            "&".join(f"a{n}=1" for n in range(200)),
        )
    )
    # Of a cursor the audit knows nothing.
    return Case("queries", request("GET", f"{path}?{query}"), ANY_REFUSAL, False)


def admin_bodies(rng: random.Random) -> Case:
    body = rng.choice(
        (
            b"{",
            b"[]",
            b"\xff",
            b'{"url": 1}',
            b'{"url": "x"}',
            b'{"pool": "x", "partition": 1e99}',
            b'{"a":' * 5_000,
        )
    )
    method, path = rng.choice((("POST", "/admin/webhooks"), ("PUT", "/admin/config/x")))
    return Case("admin bodies", request(method, path, body, {"Content-Type": JSON}), UNREADABLE, False)


def tokens(rng: random.Random) -> Case:
    """401, whatever the body."""
    headers = {"Authorization": f"Bearer {forged_token(rng)}", "Content-Type": JSON}
    path = f"/agent/{rng.choice(_AGENT)}"
    return Case("tokens", request("POST", path, b'{"contact_id": "x"}', headers), frozenset({401}), False)
