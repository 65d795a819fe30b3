"""Where reading begins."""

import pytest

from workers.batch import Place
from workers.errors import PositionBeyondLog
from workers.positions import Log, first_offset

PLACE = Place("conversation.events", 3)
LOG = Log(begin=100, end=200, history=150)


@pytest.mark.parametrize(
    ("stored", "disposable", "expected"),
    [
        (None, False, 150),
        (None, True, 150),
        (120, False, 120),
        (200, False, 200),
        (50, False, 100),  # retention has removed what was not stored
        (201, True, 150),
    ],
)
def test_first_offset(stored: int | None, disposable: bool, expected: int) -> None:
    assert first_offset(PLACE, stored, LOG, disposable) == expected


def test_more_stored_than_the_log_holds_names_the_cure() -> None:
    with pytest.raises(PositionBeyondLog, match=r"conversation\.events:3.*sink_offsets"):
        first_offset(PLACE, 201, LOG, disposable=False)
