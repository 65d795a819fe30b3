"""When a version may be applied: all members know it, and every partition has an owner."""

import pytest

from infra.upgrade.standing import Standing, refusal, standing
from schemas.positions import WAITING, Position


def said(instance: str, partition: int, known: tuple[int, ...] = (1, 2), rules: int = 1) -> Position:
    return Position(
        group="app",
        topic="cmd",
        partition=partition,
        next_offset=7,
        appended_ms=1,
        rules=rules,
        instance=instance,
        release="1.1.0" if 2 in known else "1.0.0",
        known=known,
    )


def of(members: set[str], *words: Position) -> Standing:
    return standing("app", "cmd", 2, members, words)


def test_all_know_it() -> None:
    now = of({"a", "b"}, said("a", 0), said("a", 1), said("b", WAITING))
    assert (now.newest, now.rules, refusal(now, 2)) == (2, {0: 1, 1: 1}, "")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (of(set()), "start its workers first"),
        (of({"a", "b"}, said("a", 0), said("a", 1)), "worker b is a member but has not said"),
        (of({"a", "b"}, said("a", 0), said("b", 1, (1,))), "worker b runs 1.0.0, which knows 1"),
        (of({"a", "b"}, said("a", 0), said("a", 1), said("b", WAITING, (1,))), "worker b runs 1.0.0"),
        (of({"a"}, said("a", 0)), "nobody decides partition 1"),
    ],
)
def test_refused_with_the_cure(now: Standing, why: str) -> None:
    assert why in refusal(now, 2)
    assert refusal(now, 2)


def test_who_was_replaced_counts_by_its_last_word_and_who_ended_not_at_all() -> None:
    words = (said("a", 0, (1,)), said("old", 1, (1,)), said("a", 0), said("b", 1))
    assert refusal(of({"a", "b"}, *words), 2) == ""


def test_a_release_that_says_nothing_of_rules_is_not_known() -> None:
    old = Position(group="app", topic="cmd", partition=0, next_offset=1, appended_ms=1)
    assert of({"a"}, old).workers[0].known == ()
    assert of({"a"}, old).newest == 0
