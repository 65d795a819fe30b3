"""Where things lie: the checkout, and `var/` for all that the local platform writes."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("AICC_VAR") or CHECKOUT / "var").resolve()
# Not below AICC_VAR: a stack kept elsewhere needs no jars of its own.
JARS = CHECKOUT / "var" / "jars"
