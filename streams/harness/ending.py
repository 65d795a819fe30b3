"""The one way this process ends when something can't go on: at once, with one clear line."""

import logging
import os
import sys
from enum import IntEnum
from typing import NoReturn

log = logging.getLogger("aicc.harness")


class Exit(IntEnum):
    """Exit codes, one for each reason to end."""

    DELIVERY = 70
    EXCEPTION = 71
    PAUSED = 72
    HEARTBEAT = 73
    STUCK = 74
    CHECKPOINT = 75
    OTHER_WRITER = 76
    CONTINUITY = 77
    RULES = 78


def end_process(code: Exit, why: str, **fields: object) -> NoReturn:
    """Ends the process without any cleaning up, so that nothing half-done leaves it; a restart is cheap."""
    log.critical(f"ending: {why}", extra={"fields": {"exit": code.name, **fields}})
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)
