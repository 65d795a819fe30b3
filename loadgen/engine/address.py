"""Where requests go, and the bytes of a request."""

from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """Host and port of an HTTP server; `prefix` stands before every path. `secure` is https."""

    host: str
    port: int
    prefix: str = ""
    secure: bool = False

    @classmethod
    def of(cls, url: str) -> "Address":
        """Parses http(s)://host[:port][/prefix]. Raises ValueError for anything else."""
        parts = urlsplit(url.strip())
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is not of the form http://host:port or https://host:port")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.hostname, port, parts.path.rstrip("/"), parts.scheme == "https")

    @classmethod
    def several(cls, urls: str) -> "tuple[Address, ...]":
        """Parses one URL or several with commas between: replicas of one service, so they differ in host and
        port only. Raises ValueError."""
        found = tuple(cls.of(url) for url in urls.split(","))
        if len({(one.prefix, one.secure) for one in found}) > 1:
            raise ValueError(f"{urls!r}: the addresses differ in more than host and port")
        return found

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
