"""Little's law before a run."""

import math
from dataclasses import replace

import pytest

from loadgen.profiles import load, read
from loadgen.profiles.feasible import feasible, visits
from loadgen.profiles.scaling import scaled


def test_a_hundred_users_who_sleep_do_not_make_a_thousand_a_second() -> None:
    found = feasible(load("normal"), 1000)
    assert not found.ok
    assert found.rps == pytest.approx(200 / 3)
    assert found.sentences[0] == (
        "100 users with 3s of sleep cannot make 1,000 requests a second: at most 67 "
        "(100 × 2 requests / 3 s). It takes 1,500 users."
    )


def test_fifteen_hundred_make_a_thousand_at_most() -> None:
    found = feasible(load("spike"), 1000)
    assert found.ok
    assert found.rps == pytest.approx(1000)
    assert "1,500 users with 3s of sleep can make at most 1,000" in found.sentences[0]
    assert not feasible(load("spike"), 1000, latency_s=0.1).ok, "with answers that take time they do not"


def test_the_rate_that_the_reference_claims() -> None:
    """100 users, 3 s of sleep, 3.3 s for two answers: 32 requests a second, not 980."""
    found = feasible(load("normal"), 980, latency_s=1.65)
    assert not found.ok
    assert found.rps == pytest.approx(31.7, abs=0.1)


def test_users_who_never_wait() -> None:
    profile = read("mode: ramping-vus\nstages: 1m:5\nsteps: [get: /]", "x")
    assert feasible(profile, 1e6).rps == math.inf
    assert feasible(profile, 1e6, latency_s=0.001).rps == pytest.approx(5000)


def test_contacts_make_what_they_promise() -> None:
    mixed = load("mixed")
    assert feasible(mixed).ok
    assert feasible(mixed).rps == pytest.approx(100, rel=1e-6)
    assert feasible(mixed, 1000).sentences[0].endswith("1,000 are promised, which takes 120.0.")
    tenfold = scaled(mixed, 10)
    assert feasible(tenfold, 1000).ok
    assert tenfold.expected_rps == 1000


def test_connections_are_no_more_than_there_are() -> None:
    found = feasible(replace(load("mixed"), connections=4), latency_s=0.05)
    assert not found.ok
    assert "5 connections are busy, there are 4: at most 80 requests a second" in found.sentences[2]


def test_agents_have_places_enough_or_it_is_said() -> None:
    mixed = load("mixed")
    assert not [one for one in feasible(mixed, places=48).sentences if "Agents" in one]
    assert (
        "Agents have 47 places, and 12.0 contacts a second hold 48"
        in feasible(mixed, places=47).sentences[-1]
    )


def test_a_hundred_requests_of_the_mix() -> None:
    mixed = load("mixed")
    counts: dict[str, float] = {}
    for step, often in zip(mixed.steps, visits(mixed.steps), strict=True):
        counts[step.name] = counts.get(step.name, 0) + often * 12
    told = {"start": 12, "message": 55, "connect": 12, "ivr": 10, "history": 8, "metrics": 3}
    assert counts == pytest.approx(told, rel=1e-6)


def test_what_names_an_answer_is_asked_as_often_as_there_is_one() -> None:
    steps = read(
        """
        stages: 1m:1
        steps:
          - get: {path: /a, save: {x: x}, times: 0.5}
          - get: {path: "/b/${x}", times: 3, save: {y: y}}
          - get: {path: /a, save: {x: x}, times: 0.5}
          - get: "/c/${x}/${y}"
        """,
        "x",
    ).steps
    assert visits(steps) == [0.5, 1.5, 0.5, 0.75]
