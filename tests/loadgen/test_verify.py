"""What a comparison with history finds."""

from pathlib import Path

import pytest

from loadgen.journal import Entry, Journal, read_journal
from loadgen.verify import Item, Stored, compare, terminal, total

GOOD = [(1, ""), (2, "m1"), (3, "m2")]


def item(messages: list[tuple[int, str]], status: str = "completed") -> Item:
    stored = [Stored(seq=seq, message_id=one) for seq, one in messages]
    return Item(session_id="s", status=status, messages=stored)


def entry(*accepted: tuple[str, int | None]) -> Entry:
    return Entry(session_id="s", started_at=1.0, accepted=list(accepted))


@pytest.mark.parametrize(
    ("items", "found"),
    [
        pytest.param([item(GOOD)], (0, 0, 0, 0), id="good"),
        pytest.param([item([*GOOD, (4, "other")])], (0, 0, 0, 0), id="more than was answered"),
        pytest.param([], (1, 0, 0, 0), id="nothing"),
        pytest.param([item(GOOD, status="open")], (1, 0, 0, 0), id="still open"),
        pytest.param([item(GOOD), item(GOOD)], (0, 1, 0, 0), id="two consultations"),
        pytest.param([item([(1, ""), (2, "x"), (3, "m2")])], (1, 0, 0, 0), id="a message missing"),
        pytest.param([item([(1, ""), (3, "m1"), (2, "m2")])], (1, 0, 0, 0), id="another seq than answered"),
        pytest.param([item([(1, ""), (2, "m1"), (3, "z")])], (0, 0, 0, 1), id="unsure"),
        pytest.param([item([*GOOD, (4, "m1")])], (1, 1, 0, 0), id="a message twice"),
        pytest.param([item([*GOOD, (3, "m3")])], (0, 1, 0, 0), id="a number twice"),
        pytest.param([item([(1, ""), (2, "m1"), (4, "m2")])], (0, 0, 1, 0), id="a gap"),
        pytest.param([item([(2, "m1"), (3, "m2")])], (0, 0, 1, 0), id="does not start at 1"),
    ],
)
def test_compare(items: list[Item], found: tuple[int, int, int, int]) -> None:
    findings = compare(entry(("m1", 2), ("m2", None)), items)
    assert findings[:4] == found
    assert findings.clean == (found[:3] == (0, 0, 0))
    assert total([findings, findings]).lost == 2 * found[0]


def test_terminal() -> None:
    assert [terminal([]), terminal([item([], "open")]), terminal([item([], "failed")])] == [
        False,
        False,
        True,
    ]


def test_a_journal_reads_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs" / "journal.jsonl")
    opened = journal.open("s", 1.0)
    opened.accepted.append(("m1", None))
    journal.write(opened)
    journal.close()
    assert read_journal(tmp_path / "runs" / "journal.jsonl") == journal.entries == [opened]
