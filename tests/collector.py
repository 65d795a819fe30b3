"""A collector of traces: takes what the platform exports by OTLP over HTTP, and decodes it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collected(NamedTuple):
    """A span as it came; ids in hex, `parent` empty for a root."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent: str
    links: tuple[tuple[str, str], ...]
    attributes: Mapping[str, str | int]
    failed: bool
    took_ns: int


class Collector:
    """Keeps all spans. `address` is what AICC_TRACE_ENDPOINT is set to."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.spans: list[Collected] = []

    def trace(self, trace_id: str) -> list[Collected]:
        """What came of one trace, each span once: what was done again comes again."""
        return list({one.span_id: one for one in tuple(self.spans) if one.trace_id == trace_id}.values())

    def take(self, body: bytes) -> None:
        """A request's body."""
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Collected(
                            named["service.name"],
                            span.name,
                            span.kind,
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
                            {
                                one.key: one.value.string_value or one.value.int_value
                                for one in span.attributes
                            },
                            span.status.code == span.status.STATUS_CODE_ERROR,
                            span.end_time_unix_nano - span.start_time_unix_nano,
                        )
                    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}/v1/traces")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
