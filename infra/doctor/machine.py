"""This machine: room, files, certificates and keys."""

import resource
import stat
import time
from pathlib import Path

import psutil
from cryptography.x509 import load_pem_x509_certificates

from gateway.security.keys import UnfitKey, public_key
from gateway.settings import GatewaySettings
from infra.doctor.finding import Case, Finding, ok, warning, wrong
from runtime.settings import SettingsError, parse_settings

_GB = 1 << 30
_LOW_GB, _FULL_GB = 5.0, 1.0
_DAY_S = 86_400.0
_END_S = 14 * _DAY_S
_SPARE_FILES = 500
"""What a process opens beside its connections."""

_NEAR = 0.8


async def disk(case: Case) -> list[Finding]:
    """Of AICC_VAR: there the local servers and the processors' tables are."""
    place = next(one for one in (case.settings.var, *case.settings.var.parents) if one.exists())
    free = psutil.disk_usage(str(place)).free / _GB
    said = f"{free:,.1f} GB are free at {case.settings.var}"
    if free < _LOW_GB:
        mend = "make room: shorter retention, aicc-db retain, or a larger disk"
        return [(wrong if free < _FULL_GB else warning)(said, mend)]
    return [ok(said)]


async def files(case: Case) -> list[Finding]:
    """Of our processes here; where there are none, what would be allowed to those started from here."""
    try:
        most = parse_settings(GatewaySettings, case.environ).connection_limit
    except SettingsError:
        most = GatewaySettings().connection_limit
    found, seen = [], 0
    for process in psutil.process_iter():
        try:
            name = _service(process)
            if not name:
                continue
            limit, used = process.rlimit(psutil.RLIMIT_NOFILE)[0], process.num_fds()
        except psutil.Error:
            continue
        seen += 1
        found += judge_files(f"{name} ({process.pid})", limit, used, most if name == "aicc-gateway" else 0)
    if not seen:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        found += judge_files("what is started from here", limit, 0, most)
    return found or [ok(f"{seen} processes are allowed enough" if seen else "enough would be allowed")]


def judge_files(who: str, limit: int, used: int, connections: int) -> list[Finding]:
    """`connections` is how many a gateway takes at the most; it needs files for that."""
    mend = "raise it: ulimit -n, LimitNOFILE= of systemd"
    if limit != resource.RLIM_INFINITY and used > _NEAR * limit:
        return [wrong(f"{who} has {used} files open and may have {limit}", mend)]
    if limit != resource.RLIM_INFINITY and connections and limit < connections + _SPARE_FILES:
        said = f"{who} may open {limit} files, but AICC_CONNECTION_LIMIT is {connections}"
        return [warning(said, f"{mend}; or lower AICC_CONNECTION_LIMIT")]
    return []


async def certificates(case: Case) -> list[Finding]:
    """Those of AICC_CERTIFICATES, as the prober watches them."""
    names = [name.strip() for name in case.settings.certificates.split(",") if name.strip()]
    found = [one for name in names for one in _certificate(Path(name))]
    return found or [ok(f"{len(names)} are valid" if names else "AICC_CERTIFICATES names none")]


def _certificate(file: Path) -> list[Finding]:
    mend = "put a new one there; docs/runbooks/CertificateEnds.md"
    try:
        read = load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        return [wrong(f"{file} can't be read: {error}", "correct AICC_CERTIFICATES")]
    left_s = min(one.not_valid_after_utc.timestamp() for one in read) - time.time()
    if left_s <= 0:
        return [wrong(f"{file} ended {-left_s / _DAY_S:.0f} days ago", mend)]
    return [warning(f"{file} ends in {left_s / _DAY_S:.0f} days", mend)] if left_s < _END_S else []


async def keys(case: Case) -> list[Finding]:
    """What verifies tokens can be used, and nobody else can read what signs them."""
    try:
        settings = parse_settings(GatewaySettings, case.environ)
    except SettingsError as error:
        return [wrong(str(error), "correct it")]
    return _keys(settings)


def _keys(settings: GatewaySettings) -> list[Finding]:
    found = []
    if settings.jwks_url or settings.oidc_issuer:
        told = "tokens are verified by the issuer's keys"
    else:
        file = Path(settings.jwt_key or settings.var / "jwt.key")
        told = f"{file} verifies tokens"
        if not file.exists() and not settings.jwt_key:
            return [ok("none yet: the gateway makes one at its first start")]
        try:
            public_key(file.read_text())
        except (OSError, UnfitKey, ValueError) as error:
            found.append(wrong(f"{file}: {error}", "a key in PEM, Ed25519 or RSA: docs/security.md"))
        else:
            found += _private(file)
    found += _private(settings.var / "gateway.secret") if not settings.secret else []
    return found or [ok(told)]


def _private(file: Path) -> list[Finding]:
    if not file.exists() or "PUBLIC KEY" in file.read_text(errors="replace"):
        return []
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [warning(f"others than its owner may read {file}", f"chmod 600 {file}")]
    return []


def _service(process: psutil.Process) -> str:
    """Which of our commands it runs; empty for others."""
    return next(
        (Path(part).name for part in process.cmdline()[:2] if Path(part).name.startswith("aicc-")), ""
    )
