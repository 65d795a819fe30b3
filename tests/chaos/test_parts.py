"""What the fault suite says is right: whose a finding is, when service is back, what the page shows."""

import random
from time import perf_counter

import pytest

from schemas.ids import session_id
from tests.chaos.__main__ import LEAST_FAULTS, plans
from tests.chaos.catalogue import CATALOGUE, chosen
from tests.chaos.drive import Row
from tests.chaos.fault import Group
from tests.chaos.probe import Probed, Probes
from tests.chaos.reconcile import DOUBLED, LOST, attribute, sums
from tests.chaos.table import Result, page
from tests.faults.checker import Report

BEGAN = 1_700_000_000


def row(name: str, began: float) -> Row:
    return Row(name, Group.PROCESSES, 300, 1_000, 0.5, 0.0, 2.0, began=began, ended=began + 10)


@pytest.fixture
def probes() -> Probes:
    return Probes("http://127.0.0.1:1", "support", "test")


def probed(probes: Probes, *bad: int) -> float:
    """A probe each 0.1 s for 4 s, those of these numbers bad; when the first was due."""
    began = perf_counter() - 5.0
    probes.done = [Probed(began + n / 10, began + n / 10 + 0.2, n not in bad, "") for n in range(40)]
    return began


def test_there_are_enough_faults_and_no_name_is_twice() -> None:
    assert len({fault.name for fault in CATALOGUE}) == len(CATALOGUE) >= LEAST_FAULTS


def test_pairs_are_the_same_for_the_same_seed_and_of_one_platform() -> None:
    drawn = [plans(chosen(()), 10, random.Random(7)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    pairs = [pair for group in drawn[0] for pair in group]
    assert len(pairs) == 10
    assert all(one.group == other.group and one is not other for one, other in pairs)


def test_it_serves_again_after_the_last_bad_probe(probes: Probes) -> None:
    began = probed(probes, 3, 4, 9)
    again = probes.good_since(began)
    assert again is not None
    assert again - began == pytest.approx(1.0)
    assert probes.first_bad(began) == pytest.approx(began + 0.5)


def test_what_never_failed_was_never_away(probes: Probes) -> None:
    began = probed(probes)
    assert probes.good_since(began) == began
    assert probes.first_bad(began) is None


def test_two_good_seconds_are_needed(probes: Probes) -> None:
    assert probes.good_since(probed(probes, 25)) is None


def test_a_finding_is_given_to_the_fault_in_whose_time_the_contact_lived() -> None:
    first, second = row("first", BEGAN), row("second", BEGAN + 100)
    report = Report()
    report.blame("missing row", session_id(3, (BEGAN + 101) * 1000, 42))
    attribute([first, second], report)
    assert (first.lost, second.lost) == (0, 1)
    assert sums(report) == (1, 0, 0)


def test_a_finding_without_a_contact_is_everybody_s() -> None:
    rows = [row("first", BEGAN), row("second", BEGAN + 100)]
    report = Report()
    report.blame("over capacity", "agent-1: 6 of 5 at 17")
    attribute(rows, report)
    assert [one.broken for one in rows] == [1, 1]
    assert sums(report) == (0, 0, 1)


@pytest.mark.parametrize("kind", sorted(LOST | DOUBLED))
def test_each_kind_counts_once(kind: str) -> None:
    report = Report()
    report.blame(kind, "x")
    assert sums(report) == ((1, 0, 0) if kind in LOST else (0, 1, 0))


def test_the_page_has_a_row_for_each_fault_and_says_what_is_not_valid() -> None:
    rows = [row("first", BEGAN), Row("second", Group.RECORDS, 10, 5, failed="it did not strike")]
    result = Result(1_000, 300, 7, "2026-01-01", "2 processors", 80.0, rows=rows, why_invalid=["too slow"])
    shown = page(result)
    assert "| first | 300 | 1,000 | 0.5 | 2.0 | 2.0 | 0 | 0 | 0 | 0 |" in shown
    assert "| second | 10 | 5 | — | — | — |" in shown
    assert "**Not valid**: too slow." in shown
    assert result.figures()["not_back"] == ["second"]
    assert result.figures()["valid"] is False
