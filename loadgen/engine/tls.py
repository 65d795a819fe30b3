"""Whom an https:// target's certificate must be signed by."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Tls:
    """Certificates are checked, against the system's authorities or, where given, only those of `authorities`
    (PEM text, so that it may be sent to other hosts). `insecure` checks nothing."""

    authorities: str = ""
    insecure: bool = False

    @classmethod
    def of(cls, ca_file: str = "", insecure: bool = False) -> Self:
        """Reads the authorities' file. Raises ValueError where it holds none, OSError as reading does."""
        authorities = Path(ca_file).read_text(encoding="ascii", errors="replace") if ca_file else ""
        made = cls(authorities, insecure)
        try:
            made.context()
        except ssl.SSLError as error:
            raise ValueError(f"{ca_file} holds no certificate in PEM form") from error
        return made

    def context(self) -> ssl.SSLContext:
        """For connections as a client."""
        context = ssl.create_default_context(cadata=self.authorities or None)
        context.set_alpn_protocols(["http/1.1"])
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
