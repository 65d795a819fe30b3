"""The one way this process ends when something can't go on: at once, with one clear line."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from types import MappingProxyType
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


@contextmanager
def ending_on_error(
    what: str, codes: Mapping[type[Exception], Exit] = MappingProxyType({})
) -> Iterator[None]:
    """Any exception inside ends the process: one of `codes` with its text, which says what to do; any
    other with its traceback. Everything that runs in a processor runs in here."""
    try:
        yield
    except Exception as error:
        if code := codes.get(type(error)):
            end_process(code, str(error))
        log.exception(what)
        end_process(Exit.EXCEPTION, f"{what}: {error!r}")
