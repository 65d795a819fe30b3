"""An exception at every line of `step`, for each kind of command: its record leaves a dead letter alone."""

from typing import get_args

import pytest

from schemas.codec import type_of
from schemas.routing import RoutingCommand
from tests.streams.everywhere import kinds, missed, planned, raise_everywhere
from tests.streams.routing.pools import DECIDER
from tests.streams.routing.stories import STORIES

SCENARIOS = planned(DECIDER, 0, STORIES)


@pytest.mark.parametrize("since", [0, 5])
def test_an_exception_anywhere_in_a_step_leaves_only_its_dead_letter(since: int) -> None:
    """The last checkpoint was `since` records before."""
    assert sum(raise_everywhere(scenario, since) for scenario in SCENARIOS) > 900


def test_the_stories_have_every_kind_of_command_and_every_line() -> None:
    assert kinds(SCENARIOS) == {type_of(kind) for kind in get_args(RoutingCommand)} - {"version.applied"}
    assert missed(SCENARIOS) == []
