"""How a process proves who it is to the servers, and how it knows them: read with all other settings."""

from typing import Annotated

import msgspec
from msgspec import Meta

PLAINTEXT, SSL, SASL_SSL = "plaintext", "ssl", "sasl_ssl"
_Security = Annotated[
    str, Meta(pattern=f"^({PLAINTEXT}|{SSL}|{SASL_SSL})$", description="plaintext, ssl or sasl_ssl")
]


class Transit(msgspec.Struct, frozen=True, kw_only=True):
    """Files are PEM and read again when they change, for new connections (runtime/certificates.py). Postgres
    has no field here: its URL says sslmode, sslrootcert, sslcert and sslkey, as libpq reads them."""

    kafka_security: _Security = PLAINTEXT
    """`ssl`: brokers prove who they are, we by a certificate; `sasl_ssl`: we by SCRAM-SHA-512."""

    kafka_ca: str = ""
    """Who signs the brokers' certificates; empty: whom the system trusts."""

    kafka_user: str = ""
    kafka_password: str = ""
    kafka_password_file: str = ""
    """Instead of the password itself."""

    kafka_certificate: str = ""
    kafka_key: str = ""
    """Of `kafka_certificate`; empty: it is in the same file."""

    redis_ca: str = ""
    """Who signs the certificate of a `rediss://` server; empty: whom the system trusts."""

    def contradiction(self) -> tuple[str, str] | None:
        """A field that does not fit the others, and what it must be."""
        secured, named = self.kafka_security != PLAINTEXT, self.kafka_security == SASL_SSL
        rules = (
            ("kafka_ca", bool(self.kafka_ca) and not secured, "empty without AICC_KAFKA_SECURITY"),
            ("kafka_user", named and not self.kafka_user, "set with AICC_KAFKA_SECURITY=sasl_ssl"),
            ("kafka_user", bool(self.kafka_user) and not named, "empty without AICC_KAFKA_SECURITY=sasl_ssl"),
            (
                "kafka_password",
                named and not self.kafka_password and not self.kafka_password_file,
                "set, or AICC_KAFKA_PASSWORD_FILE, with AICC_KAFKA_SECURITY=sasl_ssl",
            ),
            (
                "kafka_password",
                bool(self.kafka_password) and not named,
                "empty without AICC_KAFKA_SECURITY=sasl_ssl",
            ),
            (
                "kafka_password_file",
                bool(self.kafka_password and self.kafka_password_file),
                "empty where AICC_KAFKA_PASSWORD is set",
            ),
            (
                "kafka_certificate",
                bool(self.kafka_certificate) and not secured,
                "empty without AICC_KAFKA_SECURITY",
            ),
            (
                "kafka_key",
                bool(self.kafka_key) and not self.kafka_certificate,
                "empty without AICC_KAFKA_CERTIFICATE",
            ),
        )
        wrong = next(((field, must) for field, holds, must in rules if holds), None)
        return wrong or self._unreadable()

    def _unreadable(self) -> tuple[str, str] | None:
        for field in ("kafka_ca", "kafka_password_file", "kafka_certificate", "kafka_key", "redis_ca"):
            path = getattr(self, field)
            try:
                if path:
                    with open(path, "rb"):
                        pass
            except OSError as error:
                return field, f"a file that can be read ({error.strerror})"
        return None
