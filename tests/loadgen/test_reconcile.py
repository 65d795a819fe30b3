"""What was answered is looked for by what was stored."""

from pathlib import Path

from loadgen.reconcile import Reconciled, Row, compared
from loadgen.run.ledger import Ledger, sessions


def _row(session: str, rows: int = 1, ended: bool = True, customer: str = "") -> Row:
    return Row(session, rows, ended, customer or f"run-x-{session}")


def test_all_is_well_where_each_is_there_once() -> None:
    assert compared({"a", "b"}, [_row("a"), _row("b")]) == Reconciled(2, 2, 0, 0, 0, 0)


def test_what_is_not_there_is_lost() -> None:
    assert compared({"a", "b"}, [_row("a")]).lost == 1


def test_two_rows_or_two_sessions_of_a_contact_are_doubled() -> None:
    assert compared({"a"}, [_row("a", rows=2)]).doubled == 1
    assert compared({"a", "b"}, [_row("a", customer="run-x-1"), _row("b", customer="run-x-1")]).doubled == 1


def test_what_nobody_was_answered_is_no_loss_and_sentinels_do_not_count() -> None:
    found = compared({"a"}, [_row("a"), _row("b"), _row("c", customer="run-x-sentinel-3")])
    assert (found.lost, found.unasked, found.stored) == (0, 1, 2)


def test_open_ones_are_told() -> None:
    assert compared({"a"}, [_row("a", ended=False)]).open == 1


def test_ledgers_of_all_generators_are_read_but_no_torn_line(tmp_path: Path) -> None:
    for nth, session in enumerate("ab"):
        with Ledger(tmp_path, nth) as ledger:
            ledger.add(session)
    with (tmp_path / "ledger-1.txt").open("a") as torn:
        torn.write("c")
    assert list(sessions(tmp_path)) == ["a", "b"]
