"""As much of S3's API as is needed; what is not signed by AWS4-HMAC-SHA256 is refused."""

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET, REGION, BUCKET = "test-key", "test-secret", "eu-test-1", "images"
_AUTH = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


class FakeS3(ThreadingHTTPServer):
    """`objects` by path; while `failing` all is answered 500."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.refused = 0
        self.failing = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def fake_s3() -> Iterator[FakeS3]:
    """While the block runs."""
    server = FakeS3()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeS3
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        if body := self._admitted():
            self.server.objects[self._path] = (body, self.headers["content-type"] or "")
            self._answer(200, etag=True)

    def do_GET(self) -> None:
        if self._admitted() is None:
            return
        if "list-type" in self._query:
            self._list()
        elif found := self.server.objects.get(self._path):
            self._answer(200, found[0], found[1], etag=True)
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if self._admitted() is not None:
            self.server.objects.pop(self._path, None)
            self._answer(204)

    def do_POST(self) -> None:
        """Several are deleted at once."""
        body = self._admitted()
        if body is None:
            return
        keys = re.findall(r"<Key>([^<]+)</Key>", body.decode())
        for key in keys:
            self.server.objects.pop(f"/{BUCKET}/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode(), "application/xml")

    def _list(self) -> None:
        prefix = f"/{BUCKET}/{self._query.get('prefix', '')}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        rows = "".join(
            f"<Contents><Key>{escape(path.removeprefix(f'/{BUCKET}/'))}</Key><Size>{len(body)}</Size>"
            f'<ETag>"e"</ETag><LastModified>{now}</LastModified></Contents>'
            for path, (body, _) in sorted(self.server.objects.items())
            if path.startswith(prefix)
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._answer(200, text.encode(), "application/xml")

    def _admitted(self) -> bytes | None:
        """The body; None for what was refused."""
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        url = urlsplit(self.path)
        self._path, self._query = unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True))
        if self.server.failing:
            self._answer(500)
            return None
        if not self._is_signed(url.path, body):
            self.server.refused += 1
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "application/xml")
            return None
        return body

    def _is_signed(self, path: str, body: bytes) -> bool:
        """As the documentation of AWS's Signature Version 4 has it."""
        found = _AUTH.fullmatch(self.headers["authorization"] or "")
        if not found or found[1] != KEY_ID or found[3] != REGION:
            return False
        digest = self.headers["x-amz-content-sha256"] or ""
        if digest not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return False
        names = found[4].split(";")
        query = sorted(
            (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in self._query.items()
        )
        canonical = "\n".join(
            [
                self.command,
                path,
                "&".join(f"{name}={value}" for name, value in query),
                *(f"{name}:{' '.join((self.headers[name] or '').split())}" for name in names),
                "",
                found[4],
                digest,
            ]
        )
        scope = f"{found[2]}/{REGION}/s3/aws4_request"
        signed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{signed}"
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), found[5])

    def _answer(self, status: int, body: bytes = b"", kind: str = "", *, etag: bool = False) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if kind:
            self.send_header("content-type", kind)
        if etag:
            self.send_header("etag", '"e"')
            self.send_header("last-modified", format_datetime(datetime.now(UTC), usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
