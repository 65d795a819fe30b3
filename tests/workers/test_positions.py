"""Where reading begins."""

import pytest

from workers.batch import Place, Position
from workers.errors import PositionBeyondLog
from workers.positions import Log, first_offset

PLACE = Place("conversation.events", 3)
LOG = Log(begin=100, end=200, history=150, topic_id="this")


@pytest.mark.parametrize(
    ("stored", "disposable", "expected"),
    [
        (None, False, 150),
        (None, True, 150),
        (Position(120, "this"), False, 120),
        (Position(120, ""), False, 120),  # stored before ids were
        (Position(200, "this"), False, 200),
        (Position(50, "this"), False, 100),  # retention has removed what was not stored
        (Position(201, "this"), True, 150),
        (Position(120, "another"), True, 150),
    ],
)
def test_first_offset(stored: Position | None, disposable: bool, expected: int) -> None:
    assert first_offset(PLACE, stored, LOG, disposable) == expected


@pytest.mark.parametrize("stored", [Position(201, "this"), Position(201, ""), Position(120, "another")])
def test_what_the_log_does_not_hold_names_the_cure(stored: Position) -> None:
    with pytest.raises(PositionBeyondLog, match=r"conversation\.events:3.*sink_offsets"):
        first_offset(PLACE, stored, LOG, disposable=False)
