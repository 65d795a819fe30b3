"""TLS contexts whose files are looked at before each connection, so that renewing them needs no restart."""

import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("aicc.certificates")


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files: whom to trust (empty: the system's), and our own certificate with its key (empty: none)."""

    ca: str = ""
    certificate: str = ""
    key: str = ""

    def stamp(self) -> tuple[tuple[int, int, int], ...]:
        """Changes with the files. Raises OSError."""
        states = [os.stat(path) for path in (self.ca, self.certificate, self.key) if path]
        return tuple((one.st_mtime_ns, one.st_ino, one.st_size) for one in states)


class Renewing(ssl.SSLContext):
    """Stands for a context made anew when its files have changed; connections that are open go on. While the
    new files can't be used (one is written, the key not yet) the context before serves on."""

    _make: Callable[[], ssl.SSLContext]
    _files: Files
    _seen: tuple[tuple[int, int, int], ...]
    _now: ssl.SSLContext

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """As ssl's own: asyncio and uvloop call it for each connection."""
        return self.current().wrap_bio(*arguments, **options)

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """As ssl's own: clients without a loop call it for each connection."""
        return self.current().wrap_socket(*arguments, **options)

    def current(self) -> ssl.SSLContext:
        """Of the files as they are now."""
        try:
            stamp = self._files.stamp()
            if stamp != self._seen:
                self._now, self._seen = self._make(), stamp
                log.info("certificates were read again", extra={"fields": {"files": str(self._files)}})
        except (OSError, ssl.SSLError) as error:  # SSLError is one of a file that is no certificate
            log.warning("changed certificates can't be used, those before are: %r", error)
        return self._now


def client_context(files: Files) -> ssl.SSLContext:
    """Trusts and checks the server, its name too. Raises OSError, ssl.SSLError."""

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=files.ca or None)
        _own(context, files)
        return context

    return _renewing(ssl.PROTOCOL_TLS_CLIENT, make, files)


def server_context(files: Files) -> ssl.SSLContext:
    """Shows the certificate, asks the client for none. Raises OSError, ssl.SSLError."""

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        _own(context, files)
        return context

    return _renewing(ssl.PROTOCOL_TLS_SERVER, make, files)


def _own(context: ssl.SSLContext, files: Files) -> None:
    if files.certificate:
        context.load_cert_chain(files.certificate, files.key or None)


def _renewing(protocol: int, make: Callable[[], ssl.SSLContext], files: Files) -> ssl.SSLContext:
    context = Renewing(protocol)
    context._make, context._files = make, files
    context._seen, context._now = files.stamp(), make()
    return context
