"""Logging: one JSON line an event on standard error."""

import logging
import sys
import time

import msgspec
import orjson

from schemas.personal import redacted


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


def set_up_logging(level: str) -> None:
    """Sends everything logged in this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
