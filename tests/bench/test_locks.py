"""The bench of locks in small, and what is read from a server's log."""

import os

import pytest

from infra.paths import VAR
from tests.bench.lock_log import Wait, by_kind, p99_ms, p99_of_transactions_ms, waits
from tests.bench.locks import figures_of, measure

AT = "2026-11-23 13:10:04"
LOG = f"""
{AT}.100 UTC [7] <[unknown]> LOG:  process 7 still waiting for ShareLock on transaction 833 after 1.094 ms
{AT}.100 UTC [7] <[unknown]> DETAIL:  Process holding the lock: 9. Wait queue: 7.
{AT}.102 UTC [8] <aicc-db> LOG:  process 8 still waiting for AccessExclusiveLock on relation 5 after 1.0 ms
{AT}.105 UTC [7] <[unknown]> LOG:  process 7 acquired ShareLock on transaction 833 after 6.5 ms
{AT}.106 UTC [8] <aicc-db> ERROR:  canceling statement due to lock timeout
{AT}.107 UTC [8] <aicc-db> ERROR:  canceling statement due to user request
""".splitlines()


def test_waits_are_read_from_the_log() -> None:
    found = waits(LOG)
    assert found == [
        Wait("", "ShareLock on transaction", 6.5),
        Wait("aicc-db", "AccessExclusiveLock on relation", 5.0, given_up=True),
    ]
    assert by_kind(found) == [
        ("ShareLock on transaction", 1, 6.5),
        ("AccessExclusiveLock on relation by aicc-db", 1, 5.0),
    ]


@pytest.mark.parametrize(("transactions", "expected"), [(100, 6.0), (250, 5.0), (10_000, 0.0)])
def test_transactions_that_did_not_wait_count(transactions: int, expected: float) -> None:
    found = [Wait("", "a on b", ms) for ms in (3.0, 7.0, 6.0, 5.0)]
    assert (p99_ms(found), p99_ms([])) == (7.0, 0.0)
    assert p99_of_transactions_ms(found, transactions) == expected


@pytest.mark.faults
def test_everything_at_once_in_small() -> None:
    """Without aims for times: other tests make the machine late."""
    found = measure(VAR / "test" / f"{os.getpid()}.locks", 1_500)
    figures = figures_of(found)
    assert figures["valid"], figures
    assert figures["deadlocks"] == 0
    assert found.transactions >= 1_500
