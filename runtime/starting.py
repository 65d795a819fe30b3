"""What every service does first: its log, and where its spans go."""

from collections.abc import Callable

from runtime import tracing
from runtime.logs import set_up_logging
from runtime.settings import Settings

Close = Callable[[], None]


def start_telling(service: str, settings: Settings) -> Close:
    """Sets up what the process tells of itself; the result sends the last spans, within a second. A process
    that ends in the usual way calls it by itself."""
    set_up_logging(settings.log_level, settings.log_format)
    if not settings.trace_endpoint:
        return lambda: None
    from runtime.exporting import Exporter

    exporter = Exporter(service, settings)
    tracing.switch(exporter.take, settings.trace_ratio)
    return exporter.close
