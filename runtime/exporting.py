"""Spans on their way to a collector, by OpenTelemetry's SDK, in a thread of their own."""

import atexit
import logging
import threading

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from runtime.settings import Settings
from runtime.tracing import Kind, Span
from schemas.release import RELEASE

log = logging.getLogger(__name__)
MOST_WAITING = 8_192
"""Beyond, the oldest are dropped."""

_EVERY_MS = 1_000
_AT_ONCE = 256
_COLLECTOR_S = 5.0
_LAST_S = 1.0
_KINDS = {kind: SpanKind[kind.name] for kind in Kind}


class _Given(IdGenerator):
    """Ids that were chosen before: contexts travel ahead of their spans."""

    def __init__(self) -> None:
        self.trace_id = self.span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


class Exporter:
    """Takes spans at once; what the collector does not take in time is lost, and nothing else."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._given = _Given()
        self._lock = threading.Lock()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # what comes here is sampled
            resource=Resource.create(
                {
                    "service.namespace": "aicc",
                    "service.name": f"aicc-{service.removeprefix('aicc-')}",
                    "service.instance.id": settings.instance,
                    "service.version": RELEASE,
                }
            ),
            id_generator=self._given,
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=settings.trace_endpoint, timeout=_COLLECTOR_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=MOST_WAITING,
                schedule_delay_millis=_EVERY_MS,
                max_export_batch_size=_AT_ONCE,
            )
        )
        self._tracer = self._provider.get_tracer("aicc")
        self._stop, self._stopped = threading.Event(), threading.Event()
        # Started now: at the interpreter's end no thread can be.
        threading.Thread(target=self._end, name="last spans", daemon=True).start()
        atexit.register(self.close)

    def take(self, span: Span) -> None:
        """As `runtime.tracing` hands it over."""
        parent = trace.set_span_in_context(NonRecordingSpan(_context(span.parent))) if span.parent else None
        with self._lock:
            own = _context(span.context)
            self._given.trace_id, self._given.span_id = own.trace_id, own.span_id
            made = self._tracer.start_span(
                span.name,
                parent or trace.set_span_in_context(trace.INVALID_SPAN),
                _KINDS[span.kind],
                dict(span.attributes),
                [Link(_context(link)) for link in span.links],
                span.began_ns,
            )
        if span.error:
            made.set_attribute("error.type", span.error)
            made.set_status(Status(StatusCode.ERROR, span.error))
        made.end(max(span.began_ns, span.ended_ns))

    def close(self) -> None:
        """What waits goes out, if the collector takes it within a second."""
        self._stop.set()
        self._stopped.wait(_LAST_S)

    def _end(self) -> None:
        self._stop.wait()
        self._provider.shutdown()
        self._stopped.set()


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16)))
