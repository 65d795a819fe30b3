"""What is decided of a request by its first bytes and its sender, and the limits of rate."""

import random
from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.depth import MOST, is_too_deep
from gateway.overload.addresses import UNKNOWN, Addresses, is_loopback, key_of
from gateway.overload.door import Door
from gateway.overload.gcra import RateLimit
from gateway.overload.glance import whole_post
from gateway.overload.priority import Kind, kind_of
from gateway.overload.refusals import Reason, Responses, refusal
from gateway.settings import GatewaySettings
from runtime.settings import SettingsError, parse_settings


def test_a_burst_and_then_the_rate() -> None:
    limit = RateLimit(per_s=10.0, burst=5, most_keys=10)
    assert [limit.wait_s("a", 100.0) for _ in range(5)] == [0.0] * 5
    assert limit.wait_s("a", 100.0) == pytest.approx(0.1, rel=0.01)
    assert limit.wait_s("b", 100.0) == 0.0
    assert limit.wait_s("a", 100.05) == pytest.approx(0.05, rel=0.01)
    assert limit.wait_s("a", 100.11) == 0.0
    assert [limit.wait_s("a", 200.0) == 0.0 for _ in range(6)] == [True] * 5 + [False]


def test_over_time_nobody_gets_more_than_the_rate(rng: random.Random) -> None:
    limit, now, let = RateLimit(per_s=20.0, burst=10, most_keys=10), 0.0, 0
    while now < 60.0:
        now += rng.expovariate(100.0)
        let += limit.wait_s("k", now) == 0.0
    assert 0.95 * 20 * 60 < let <= 20 * 60 + 10


def test_keys_are_bounded_and_those_in_use_stay() -> None:
    limit = RateLimit(per_s=1.0, burst=2, most_keys=100)
    for number in range(10_000):
        limit.wait_s(number, 1.0)
        limit.wait_s("busy", 1.0)
    assert len(limit) == 100
    assert limit.wait_s("busy", 1.0) > 0


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "client"),
    [
        ("", "9.9.9.9", b"1.1.1.1", None),
        ("10.0.0.0/8", "9.9.9.9", b"1.1.1.1", None),
        ("10.0.0.0/8", "10.0.0.1", b"1.1.1.1", "1.1.1.1"),
        ("10.0.0.0/8", "10.0.0.1", b"6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("10.0.0.0/8, 8.8.8.8", "10.0.0.1", b"6.6.6.6, 1.1.1.1, 8.8.8.8", "1.1.1.1"),
        ("10.0.0.0/8", "10.0.0.1", b"", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", b"what, ever", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", b"6.6.6.6, ever, 10.0.0.2", "10.0.0.2"),
    ],
)
def test_whom_a_proxy_speaks_for(trusted: str, peer: str, told: bytes, client: str | None) -> None:
    addresses = Addresses(trusted)
    assert addresses.is_proxy(peer) is (client is not None)
    if client:
        assert addresses.client([(b"x-forwarded-for", told)] if told else [], peer) == client


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", UNKNOWN),
        ("no address", UNKNOWN),
    ],
)
def test_by_what_addresses_are_counted(address: str, key: str) -> None:
    assert key_of(address) == key
    assert not is_loopback(address)
    assert is_loopback("127.0.0.9")
    assert is_loopback("::1")
    assert is_loopback("::ffff:127.0.0.1")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        (b"POST", b"/chat/start", Kind.NEW_CHAT),
        (b"POST", b"/ivr/process", Kind.IVR),
        (b"POST", b"/agent/connect", Kind.CONNECT),
        (b"GET", b"/consultation/history", Kind.READ),
        (b"GET", b"/chat/some-session/messages", Kind.READ),
        (b"POST", b"/chat/message", Kind.RUNNING),
        (b"POST", b"/chat/some-session/rating", Kind.RUNNING),
        (b"POST", b"/agent/accept", Kind.AGENT),
        (b"POST", b"/supervisor/move", Kind.AGENT),
        (b"PUT", b"/admin/config/pool", Kind.AGENT),
        (b"POST", b"/%63hat/message", Kind.NEW_CHAT),
        (b"GET", b"/health/ready", None),
        (b"GET", b"/monitoring/metrics", None),
        (b"GET", b"/metrics", None),
        (b"POST", b"/auth/refresh", Kind.AGENT),
        (b"PUT", b"/ops/switches/shed", None),
        (b"GET", b"/ops/switches", None),
        (b"POST", b"/health/ready", Kind.NEW_CHAT),
    ],
)
def test_classes(method: bytes, path: bytes, kind: Kind | None) -> None:
    assert kind_of(method, path) is kind


def door(**settings: Any) -> tuple[Door, list[float]]:
    now = [100.0]
    return Door(GatewaySettings(**settings), frozenset({"/chat/start"}), lambda: now[0]), now


def test_a_class_that_is_shed_is_refused_with_a_wait_and_the_way_back_is_open() -> None:
    entrance, _ = door()
    entrance.shed = frozenset({Kind.NEW_CHAT, Kind.AGENT})
    refused = entrance.refuse(b"POST", b"/chat/start", None)
    assert refused is not None
    assert (refused.reason, refused.answer.status) == (Reason.SWITCHED_OFF, 503)
    assert 7 < refused.retry_s <= 12
    assert entrance.refuse(b"POST", b"/chat/message", None) is None
    assert entrance.refuse(b"PUT", b"/ops/switches/shed", None) is None
    assert entrance.take_refused() == {(Kind.NEW_CHAT, Reason.SWITCHED_OFF): 1}


def test_an_address_has_its_limit_and_less_of_new_chats() -> None:
    entrance, now = door(address_per_s=5.0, address_starts_per_s=1.0, burst_s=2.0)
    key = entrance.key(entrance.caller("1.2.3.4"), [])
    starts = [entrance.refuse(b"POST", b"/chat/start", key) for _ in range(3)]
    assert [one and one.reason for one in starts] == [None, None, Reason.ADDRESS_LIMIT]
    assert starts[2] is not None
    assert starts[2].answer.status == 429
    messages = [entrance.refuse(b"POST", b"/chat/message", key) for _ in range(10)]
    assert [one is None for one in messages] == [True] * 7 + [False] * 3
    assert entrance.refuse(b"POST", b"/chat/message", "5.6.7.8") is None
    now[0] += 10
    assert entrance.refuse(b"POST", b"/chat/start", key) is None
    assert entrance.take_refused() == {
        (Kind.NEW_CHAT, Reason.ADDRESS_LIMIT): 1,
        (Kind.RUNNING, Reason.ADDRESS_LIMIT): 3,
    }
    assert not entrance.take_refused()


def test_sockets_count_among_what_an_address_asks() -> None:
    entrance, _ = door(address_per_s=1.0, burst_s=2.0)
    key = entrance.key(entrance.caller("1.2.3.4"), [])
    shaken = [entrance.refuse_handshake(b"/ws/customer", key) for _ in range(3)]
    assert [one and one.reason for one in shaken] == [None, None, Reason.ADDRESS_LIMIT]
    assert entrance.refuse(b"POST", b"/chat/message", key) is not None


def test_while_many_records_are_under_way_nothing_new_begins() -> None:
    under_way = [0]
    entrance = Door(GatewaySettings(new_in_flight=10), frozenset(), lambda: 1.0, lambda: under_way[0])
    asked = [(b"POST", b"/chat/start"), (b"POST", b"/agent/connect"), (b"POST", b"/ivr/process")]
    runs = [(b"POST", b"/chat/message"), (b"GET", b"/chat/x"), (b"POST", b"/agent/accept")]
    assert not any(entrance.refuse(*one, None) for one in asked + runs)
    under_way[0] = 10
    assert all(entrance.refuse(*one, None) for one in asked)
    assert not any(entrance.refuse(*one, None) for one in runs)


def test_this_machine_is_not_limited_in_the_local_profile_only() -> None:
    for profile, limited in (("local", False), ("production", True)):
        entrance, _ = door(profile=profile, address_per_s=1.0, burst_s=1.0)
        key = entrance.key(entrance.caller("127.0.0.1"), [])
        refused = [entrance.refuse(b"POST", b"/chat/message", key) for _ in range(5)]
        assert any(refused) is limited
        assert any(entrance.refuse_customer("c", key) for _ in range(50)) is limited


def test_a_proxy_s_clients_are_counted_apart() -> None:
    entrance, _ = door(address_per_s=1.0, burst_s=1.0, trusted_proxies="10.0.0.1")
    caller = entrance.caller("10.0.0.1")
    keys = [entrance.key(caller, [(b"x-forwarded-for", told)]) for told in (b"1.1.1.1", b"2.2.2.2")]
    assert keys == ["1.1.1.1", "2.2.2.2"]
    assert [entrance.refuse(b"GET", b"/x", key) for key in keys] == [None, None]
    assert entrance.refuse(b"GET", b"/x", keys[0]) is not None


def test_a_route_s_limit_is_the_platform_s() -> None:
    entrance, _ = door(route_limits="/chat/start=1,/other=5", burst_s=1.0)
    assert entrance.refuse(b"POST", b"/chat/start", None) is None
    refused = entrance.refuse(b"POST", b"/chat/start", None)
    assert refused is not None
    assert (refused.reason, refused.answer.status) == (Reason.ROUTE_LIMIT, 503)
    assert entrance.refuse(b"POST", b"/chat/message", None) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AICC_ROUTE_LIMITS", "/chat/start"),
        ("AICC_ROUTE_LIMITS", "/chat/start=0"),
        ("AICC_TRUSTED_PROXIES", "my proxy"),
        ("AICC_CUSTOMER_PER_S", "0"),
    ],
)
def test_bad_limits_are_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        parse_settings(GatewaySettings, {variable: value})


def test_refusals_say_when_to_come_back_and_not_all_at_once() -> None:
    waits = {refusal(Reason.OVERLOAD).retry_s for _ in range(200)}
    assert waits == {1, 2, 3, 4}
    assert {refusal(Reason.ADDRESS_LIMIT, 2.4).retry_s for _ in range(200)} == {3, 4, 5, 6}
    assert refusal(Reason.ADDRESS_LIMIT, 1e9).retry_s <= 12
    told = Responses().whole(refusal(Reason.OVERLOAD), [(b"date", b"today")], close=False)
    assert told.startswith(b"HTTP/1.1 503 Service Unavailable\r\ndate: today\r\n")
    assert b"\r\nretry-after: " in told


LENGTH = b"Content-Length: 3\r\n"
PLAIN = b"POST /chat/start?x=1 HTTP/1.1\r\nHost: h\r\n" + LENGTH + b"\r\n{ }"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:-1],
        PLAIN + b" ",
        PLAIN + PLAIN,
        PLAIN[:40],
        PLAIN.replace(b"POST", b"GET"),
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(LENGTH, b""),
        PLAIN.replace(LENGTH, LENGTH + LENGTH),
        PLAIN.replace(LENGTH, LENGTH + b"CONTENT-LENGTH : 3\r\n"),
        PLAIN.replace(b": 3", b": +3"),
        PLAIN.replace(b": 3", b": 3, 3"),
        PLAIN.replace(LENGTH, b"Transfer-Encoding: chunked\r\n" + LENGTH),
        PLAIN.replace(LENGTH, b"Connection: close\r\n" + LENGTH),
        PLAIN.replace(LENGTH, b"Connection: keep-alive, upgrade\r\n" + LENGTH),
        PLAIN.replace(LENGTH, b"Expect: 100-continue\r\n" + LENGTH),
        PLAIN.replace(LENGTH, b"Origin: http://h\r\n" + LENGTH),
        PLAIN.replace(b"h\r\n", b"h\r\n more\r\n"),
        b"",
    ],
)
def test_what_the_parser_has_to_look_at(data: bytes) -> None:
    assert whole_post(data) is None


@pytest.mark.parametrize("more", [b"", b"Connection: Keep-Alive\r\n", b"Accept: */*\r\nX: y\r\n"])
def test_what_can_be_told_without_it(more: bytes) -> None:
    assert whole_post(PLAIN.replace(LENGTH, more + LENGTH)) == b"/chat/start"


class Seen:
    """What the parser makes of it."""

    def __init__(self) -> None:
        self.urls: list[bytes] = []
        self.complete = 0

    def on_url(self, url: bytes) -> None:
        self.urls.append(url)

    def on_message_complete(self) -> None:
        self.complete += 1


pieces = st.sampled_from(
    [
        b"POST ",
        b"/a",
        b"?q",
        b" HTTP/1.1\r\n",
        b"\r\n",
        b"\n",
        b"content-length: 2",
        b"Content-Length:2",
        b" ",
        b"{}",
        b"transfer-encoding: chunked",
        b"connection: keep-alive",
        b"x: y",
        b"\t",
        b"\x00",
        b"content-length: 02",
    ]
)


@given(st.lists(pieces, max_size=6))
def test_the_parser_sees_the_same(middle: list[bytes]) -> None:
    data = b"POST /a HTTP/1.1\r\n" + b"".join(middle) + b"\r\ncontent-length: 2\r\n\r\n{}"
    if whole_post(data) is None:
        return
    seen = Seen()
    parser = httptools.HttpRequestParser(seen)
    try:
        parser.feed_data(data)
    except httptools.HttpParserError:
        # Refused as well; its connection is closed by the next one that is admitted.
        return
    assert (seen.urls, seen.complete) == ([b"/a"], 1)
    assert parser.should_keep_alive()


@pytest.mark.parametrize(
    ("raw", "deep"),
    [
        (b'{"a": 1}', False),
        (b"[" * MOST + b"]" * MOST, False),
        (b"[" * (MOST + 1), True),
        (b'{"a":' * (MOST + 1), True),
        (b"[" + b"[]," * 100 + b"1]", False),
        (b'{"a": "' + b"[" * 100 + b'"}', False),
        (b'{"a": "\\"' + b"[" * 100 + b'"}', False),
        (b'{"a": "\\\\"' + b"[" * 100, True),
    ],
)
def test_depth(raw: bytes, deep: bool) -> None:
    assert is_too_deep(raw) is deep
