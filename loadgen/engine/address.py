"""Where requests go, and the bytes of a request."""

from typing import NamedTuple
from urllib.parse import urlsplit


class Address(NamedTuple):
    """Host and port of a plain HTTP server; `prefix` stands before every path."""

    host: str
    port: int
    prefix: str = ""

    @classmethod
    def of(cls, url: str) -> "Address":
        """Parses http://host[:port][/prefix]. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is not of the form http://host:port")
        return cls(parts.hostname, parts.port or 80, parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def head(self, method: str, path: str, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
        """All of a request's head but its Content-Length and the empty line."""
        lines = [f"{method} {self.prefix}{path} HTTP/1.1", f"Host: {self.authority}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if any(mark in line for line in lines for mark in "\r\n"):
            raise ValueError(f"a line break in the head of {method} {path}")
        return "\r\n".join([*lines, ""]).encode("latin-1")


def with_body(head: bytes, body: bytes) -> bytes:
    """A whole request."""
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
