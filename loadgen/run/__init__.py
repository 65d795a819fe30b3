"""Executing a profile: the load is offered as it says, and every second is told as a Window."""

from loadgen.run.control import Control
from loadgen.run.execute import execute
from loadgen.run.plan import Outcome, Plan, require_loopback
from loadgen.run.ramp import HOLD, stages_of

__all__ = ["HOLD", "Control", "Outcome", "Plan", "execute", "require_loopback", "stages_of"]
