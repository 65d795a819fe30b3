"""Logging: one JSON line an event on standard error."""

import logging
import sys
import time

import msgspec
import orjson

from schemas.personal import redacted

_CLIENT_S = 1.0


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object; what is passed as `extra={"fields": {...}}` joins it. Of structs
    that are logged, either way, what is personal is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=_in_json).decode()


def _safe(value: object) -> object:
    return redacted(value) if isinstance(value, msgspec.Struct) else value


def _in_json(value: object) -> object:
    return redacted(value) if isinstance(value, msgspec.Struct) else str(value)


class Seldom(logging.Filter):
    """Lets a line of one place of the code pass once in `every_s`, with the number of those held back: a
    client that tries again without rest must not fill the disk."""

    def __init__(self, every_s: float) -> None:
        super().__init__()
        self._every_s = every_s
        self._held: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """As logging asks."""
        place = record.pathname, record.lineno
        passed, held = self._held.get(place, (-self._every_s, 0))
        if record.created - passed < self._every_s:
            self._held[place] = passed, held + 1
            return False
        self._held[place] = record.created, 0
        if held:
            record.fields = getattr(record, "fields", {}) | {"held_back": held}
        return True


class _Lines(logging.StreamHandler):  # type: ignore[type-arg]
    """Standard error; what Kafka's client says of itself comes seldom."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._seldom = Seldom(_CLIENT_S)

    def filter(self, record: logging.LogRecord) -> bool:
        """As logging asks."""
        return not record.name.startswith("aiokafka") or self._seldom.filter(record)


def set_up_logging(level: str) -> None:
    """Sends everything logged in this process to standard error as JSON lines."""
    handler = _Lines()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
