"""Connections to servers: whether they are secured, and until when what the servers show is good."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from infra.doctor.finding import Away, Case, Finding, ok, warning, wrong
from runtime.certificates import Files, client_context
from runtime.transit import PLAINTEXT

_DAY_S = 86_400.0
_END_S = 14 * _DAY_S
_TIMEOUT_S = 5.0
_MEND = "renew it: docs/security.md, In transit"


class Server(NamedTuple):
    """A place that shows a certificate as soon as it is spoken to; Postgres is none."""

    name: str
    host: str
    port: int
    files: Files


def servers(case: Case) -> list[Server]:
    """Those that are reached by TLS."""
    told, found = case.settings, []
    if told.kafka_security != PLAINTEXT:
        files = Files(told.kafka_ca, told.kafka_certificate, told.kafka_key)
        for address in told.kafka_bootstrap.split(","):
            host, _, port = address.strip().rpartition(":")
            found.append(Server("Kafka", host.strip("[]"), int(port), files))
    redis = urlsplit(told.redis_url)
    if redis.scheme == "rediss":
        found.append(Server("Redis", redis.hostname or "localhost", redis.port or 6379, Files(told.redis_ca)))
    return found


async def shown(case: Case) -> list[Finding]:
    """What each shows is signed by whom we trust, and lasts for two weeks at least; so do our own files."""
    secured = servers(case)
    found = [one for server in secured for one in await _look(server)]
    told = case.settings
    for file in (told.kafka_ca, told.kafka_certificate, told.redis_ca):
        found += _file_ends(Path(file)) if file else []
    names = sorted({server.name for server in secured})
    plain = "Kafka and Redis are reached without TLS"
    return found or [ok(f"{' and '.join(names)} by TLS, all certificates are good" if names else plain)]


async def _look(server: Server) -> list[Finding]:
    where = f"{server.name} at {server.host}:{server.port}"
    try:
        context = client_context(server.files)
        async with asyncio.timeout(_TIMEOUT_S):
            _, writer = await asyncio.open_connection(server.host, server.port, ssl=context)
    except ssl.SSLError as error:
        return [wrong(f"{where}: {error.reason or error}", _MEND)]
    except OSError as error:
        raise Away(server.name, str(error) or type(error).__name__) from error
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return _ends(where, [x509.load_der_x509_certificate(certificate)])


def _file_ends(file: Path) -> list[Finding]:
    return _ends(str(file), x509.load_pem_x509_certificates(file.read_bytes()))


def _ends(what: str, certificates: Iterable[x509.Certificate]) -> list[Finding]:
    left_s = min(one.not_valid_after_utc.timestamp() for one in certificates) - time.time()
    if left_s <= 0:
        return [wrong(f"{what}: a certificate has ended", _MEND)]
    said = f"{what}: a certificate ends in {left_s / _DAY_S:.0f} days"
    return [warning(said, _MEND)] if left_s < _END_S else []
