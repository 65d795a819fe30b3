"""Arrival times are the inverse of the rate's integral."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.engine import Latencies, Stage, arrivals
from loadgen.engine.address import Address, with_body
from loadgen.engine.schedule import constant

stages = st.lists(
    st.builds(Stage, st.floats(0.1, 30), st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=4
)


@pytest.mark.parametrize(
    ("given_stages", "times"),
    [
        ([constant(2, 2)], [0, 0.5, 1, 1.5]),
        ([Stage(2, 0, 4)], [0, 1, 2**0.5, 3**0.5]),
        ([Stage(2, 4, 0)], [0, 2 - 3**0.5, 2 - 2**0.5, 1]),
        ([constant(1, 1.5), constant(3, 1)], [0, 1, 1.5 + 0.5 / 3, 1.5 + 1.5 / 3, 1.5 + 2.5 / 3]),
        ([constant(0, 5), constant(1, 1)], [5]),
        ([], []),
    ],
)
def test_times(given_stages: list[Stage], times: list[float]) -> None:
    assert list(arrivals(given_stages)) == pytest.approx(times)


@given(stages)
def test_as_many_arrive_as_the_integral_says_and_in_order(given_stages: list[Stage]) -> None:
    times = list(arrivals(given_stages))
    total = sum(stage.total for stage in given_stages)
    assert abs(len(times) - total) <= 1
    assert times == sorted(times)
    assert all(0 <= time <= sum(stage.seconds for stage in given_stages) for time in times)


@given(st.builds(Stage, st.floats(0.1, 100), st.floats(0, 1000), st.floats(0, 1000)), st.floats(0, 1))
def test_when_inverts_the_integral(stage: Stage, part: float) -> None:
    time = stage.when(stage.total * part)
    slope = (stage.end - stage.start) / stage.seconds
    integral = stage.start * time + slope * time * time / 2
    assert integral == pytest.approx(stage.total * part, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("bad", [Stage(0, 1, 1), Stage(1, -1, 1), Stage(1, 1, -1)])
def test_impossible_stages_are_refused(bad: Stage) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        list(arrivals([bad]))


def test_latencies_keep_three_digits_and_merge() -> None:
    one, other = Latencies(), Latencies()
    for millis in range(1, 101):
        one.add(millis / 1000)
    other.add(500.0)
    assert one.percentile_ms(50) == pytest.approx(50, rel=0.002)
    assert one.percentile_ms(99) == pytest.approx(99, rel=0.002)
    one.merge(other)
    assert one.count == 101
    assert one.percentile_ms(100) == pytest.approx(120_000, rel=0.002)
    assert Latencies().percentile_ms(99) == 0


def test_request_bytes() -> None:
    head = Address.of("http://example.test/base/").head("POST", "/a", (("X", "1"),))
    assert with_body(head, b"hi") == (
        b"POST /base/a HTTP/1.1\r\nHost: example.test:80\r\nX: 1\r\nContent-Length: 2\r\n\r\nhi"
    )


@pytest.mark.parametrize("url", ["ftp://x", "x:80", "http://", "http://x/?q=1"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        Address.of(url)


def test_secure_and_several_addresses() -> None:
    assert Address.of("https://x/base") == Address("x", 443, "/base", True)
    assert Address.several("http://a:1, http://b:2") == (Address("a", 1), Address("b", 2))
    with pytest.raises(ValueError, match="more than host and port"):
        Address.several("http://a:1,https://b:2")


def test_a_line_break_in_a_head_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        Address.of("http://x").head("GET", "/a\r\nX: 1")
