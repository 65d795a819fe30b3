"""A certificate authority for a local cluster: signs servers' certificates, and renews them in place."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.stack.ports import LOOPBACK

_DAYS = 30
_EARLIER = timedelta(minutes=5)
"""Clocks may differ."""


class Authority:
    """Keeps `ca.pem` and what it signs below `home`; its own key only in memory."""

    def __init__(self, home: Path, name: str = "local authority") -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.ca = home / "ca.pem"
        self._name = _named(name)
        self._trusted: list[bytes] = []
        self.succeed()

    def succeed(self) -> None:
        """From now on another key signs; `ca.pem` trusts what either signed, until `forget`."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        identity = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        own = (
            _builder(self._name, self._name, self._key.public_key(), _DAYS)
            .add_extension(constraints, critical=True)
            .add_extension(identity, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._trusted.append(own.public_bytes(Encoding.PEM))
        replace(self.ca, b"".join(self._trusted))

    def forget(self) -> None:
        """`ca.pem` trusts only who signs now."""
        del self._trusted[:-1]
        replace(self.ca, b"".join(self._trusted))

    def issue(self, name: str, days: float = _DAYS) -> Path:
        """A certificate of this machine with its key, in one file; one that is there is replaced at once."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = (
            _builder(_named(name), self._name, key.public_key(), days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.home / f"{name}.pem"
        replace(path, private + signed.public_bytes(Encoding.PEM))
        return path


def replace(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one, never half of it; only the owner may read it."""
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    os.replace(fresh, path)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: float
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - _EARLIER,
        not_valid_after=now + timedelta(days=days),
    )
