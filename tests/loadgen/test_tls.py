"""https:// and several addresses, against real servers: what is not trusted gets nothing sent."""

import datetime
import ipaddress
from collections import Counter
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loadgen.engine import Answer, Client, Tls
from loadgen.profiles.model import Mode, Profile, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Plan, execute
from loadgen.trust.null import null_server
from tests.loadgen.servers import free_port, saying


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "null")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "null.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


async def _ask(url: str, tls: Tls | None = None, times: int = 1) -> list[Answer]:
    async with Client(url, connections=2, timeout_s=5, tls=tls) as client:
        return [await client.post("/", b"{}") for _ in range(times)]


def test_certificates_are_checked_unless_told_otherwise(certificate: Path) -> None:
    with null_server(certificate=str(certificate)) as null:
        strange = uvloop.run(_ask(null.url))
        assert [(answer.status, answer.kind) for answer in strange] == [(0, "untrusted")]
        assert uvloop.run(_ask(null.url, Tls(insecure=True)))[0].ok
        trusted = Tls.of(str(certificate))
        assert [answer.body for answer in uvloop.run(_ask(null.url, trusted, 3))] == [b'{"status":"ok"}'] * 3
        other_name = null.url.replace("127.0.0.1", "localhost")
        assert uvloop.run(_ask(other_name, trusted))[0].kind == "untrusted"


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    with pytest.raises(ValueError, match="no certificate"):
        Tls.of(str(empty))


def test_connections_are_opened_to_all_addresses_in_turn() -> None:
    async def run() -> set[bytes]:
        async with saying(_says(b"a"), close=True) as one, saying(_says(b"b"), close=True) as other:
            return {answer.body for answer in await _ask(f"{one},{other}", times=4)}

    assert uvloop.run(run()) == {b"a", b"b"}


def test_a_missing_replica_fails_its_own_requests_only() -> None:
    async def run() -> list[str]:
        async with saying(_says(b"a"), close=True) as one:
            return [answer.kind for answer in await _ask(f"{one},http://127.0.0.1:{free_port()}", times=4)]

    assert sorted(uvloop.run(run())) == ["ok", "ok", "refused", "refused"]


def _says(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize(("trusts", "kind"), [(True, "ok"), (False, "untrusted")])
def test_a_run_in_another_process_checks_them_too(certificate: Path, trusts: bool, kind: str) -> None:
    """Who finds no trust does not go in circles: there is a breath of 0.1 s."""
    windows: list[Window] = []
    profile = Profile("tls", Mode.VUS, (Stage(1.0, 2.0),), (Step("null", "POST", "/"),), start=2.0)
    tls = Tls.of(str(certificate)) if trusts else Tls()
    with null_server(certificate=str(certificate)) as null:
        outcome = uvloop.run(execute(Plan(profile, null.url, "tls", processes=1, tls=tls), windows.append))
    counts: Counter[str] = Counter()
    for window in windows:
        for cell, tally in window.cells.items():
            counts[cell.kind] += tally.count
    assert outcome.complete
    assert counts.keys() == {kind}
    assert trusts or counts[kind] <= 24
