"""A few faults on the run's own platform: served again, and nothing lost or doubled."""

import random

import pytest
import uvloop

from tests.chaos.catalogue import chosen
from tests.chaos.drive import Terms, besiege
from tests.chaos.reconcile import attribute, sums
from tests.chaos.rig import Rig
from tests.platform import Platform


@pytest.mark.faults
def test_faults_are_survived(platform: Platform, rng: random.Random) -> None:
    faults = [[fault] for fault in chosen(("routing killed", "Redis flushed"))]
    terms = Terms(200.0, 40, rng.randrange(2**31), probe_every_s=0.25, settle_s=2.0)
    outcome = uvloop.run(besiege(Rig.over(platform), faults, terms))
    attribute(outcome.rows, outcome.report)
    assert sums(outcome.report) == (0, 0, 0), str(outcome.report)
    assert len(outcome.rows) == 2
    assert all(not row.failed and row.in_flight >= 40 for row in outcome.rows), outcome.rows
    assert all(row.again_s is not None for row in outcome.rows), outcome.rows
    assert outcome.rows[0].detected_s is not None, "nobody has noticed that a process ended"
