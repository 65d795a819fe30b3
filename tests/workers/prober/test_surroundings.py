"""The machine and its certificates as Prometheus sees them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import REGISTRY

from workers.prober.surroundings import show_certificates, show_machine

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def certificate(days: int) -> bytes:
    """One that ends `days` after NOW."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def end_of(file: Path) -> float | None:
    return REGISTRY.get_sample_value("aicc_certificate_end_timestamp_seconds", {"file": file.name})


def test_the_first_certificate_of_a_chain_to_end_counts(tmp_path: Path) -> None:
    chain, broken, gone = (tmp_path / name for name in ("chain.pem", "broken.pem", "gone.pem"))
    chain.write_bytes(certificate(30) + certificate(20))
    broken.write_text("no certificate")
    show_certificates([chain, broken, gone])
    assert end_of(chain) == (NOW + timedelta(days=20)).timestamp()
    assert (end_of(broken), end_of(gone)) == (0.0, 0.0)


def test_the_machine_is_used_in_part() -> None:
    show_machine()
    for name in ("aicc_machine_memory_ratio", "aicc_machine_cpu_ratio"):
        value = REGISTRY.get_sample_value(name)
        assert value is not None
        assert 0 <= value <= 1
