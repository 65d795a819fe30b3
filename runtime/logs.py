"""Logging: one line an event on standard error, as JSON or for people."""

import logging
import sys
import time

import msgspec
import orjson

from runtime import tracing
from runtime.about import ambient
from schemas.personal import redacted

_CLIENT_S = 1.0
_COLLECTOR_S = 60.0


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What the line says beside its message: what the task is about, then what `extra=about(…)` is."""
    found = {**ambient(), **getattr(record, "fields", {})}
    if context := tracing.current.get():
        found["trace_id"] = context.split("-")[1]
    return found


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object. Of structs that are logged, either way, what is personal is left
    out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        line |= fields_of(record)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=_in_json).decode()


class TextLines(logging.Formatter):
    """Formats a record as a line to read, its fields at the end; only a traceback takes more lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created)) + f".{int(record.msecs):03d}"
        told = "".join(f"  {name}={_in_text(value)}" for name, value in fields_of(record).items())
        line = f"{at} {record.levelname:8} {record.name}: {_message(record)}{told}".replace("\n", "\\n")
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple):
        record.args = tuple(map(_safe, record.args))
    return record.getMessage()


def _in_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=_in_json).decode()


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
    """Standard error; what Kafka's client and the exporter of traces say of themselves comes seldom."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._seldom = {"aiokafka": Seldom(_CLIENT_S), "opentelemetry": Seldom(_COLLECTOR_S)}

    def filter(self, record: logging.LogRecord) -> bool:
        """As logging asks."""
        seldom = self._seldom.get(record.name.partition(".")[0])
        return seldom is None or seldom.filter(record)


def set_up_logging(level: str, style: str = "auto") -> None:
    """Sends everything logged in this process to standard error; `style` is auto, json or text."""
    as_text = style == "text" or (style == "auto" and sys.stderr.isatty())
    handler = _Lines()
    handler.setFormatter(TextLines() if as_text else JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
