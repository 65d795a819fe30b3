"""Settings that can be read one by one but make no sense together."""

from collections.abc import Mapping
from ipaddress import ip_address

from gateway.settings import GatewaySettings
from infra.doctor.finding import Case, Finding, ok, warning, wrong
from infra.settings import RunSettings
from runtime.settings import Settings, SettingsError, parse_settings, variable
from schemas.topics import MAX_RECORD_BYTES
from streams.harness.run import StreamSettings
from workers.notifier.main import NotifierSettings
from workers.persister.main import PersisterSettings
from workers.prober.main import ProberSettings
from workers.responder.settings import ResponderSettings
from workers.webhooks.settings import WebhooksSettings

_KINDS: tuple[type[Settings], ...] = (
    GatewaySettings,
    StreamSettings,
    PersisterSettings,
    NotifierSettings,
    ProberSettings,
    ResponderSettings,
    WebhooksSettings,
    RunSettings,
)


async def settings(case: Case) -> list[Finding]:
    """Those that services started with these variables would have."""
    found = refused(case.environ)
    if found:
        return found
    gateway = parse_settings(GatewaySettings, case.environ)
    found = [*of_gateway(gateway), *of_lag(gateway, parse_settings(ProberSettings, case.environ))]
    return found or [ok(f"profile {gateway.profile}, nothing contradicts itself")]


def refused(environ: Mapping[str, str]) -> list[Finding]:
    """A value that a service does not start with."""
    said = []
    for kind in _KINDS:
        try:
            parse_settings(kind, environ)
        except SettingsError as error:
            said.append(str(error))
    return [wrong(one, "correct it: docs/configuration.md") for one in dict.fromkeys(said)]


def of_gateway(one: GatewaySettings) -> list[Finding]:
    """One gateway's among themselves."""
    found = []
    local = one.profile == "local"
    if local and not _loopback(one.gateway_host):
        said = "in the profile local everybody may supervise, and the gateway listens to other machines"
        found.append(wrong(said, "AICC_PROFILE=production, or AICC_GATEWAY_HOST=127.0.0.1"))
    if not local and not one.admission:
        found.append(warning("admission is off: overload is not refused but suffered", "AICC_ADMISSION=true"))
    if not local and not one.erasure_key:
        found.append(warning("erased customers are known by digests without a key", "set AICC_ERASURE_KEY"))
    if one.jwks_url and one.jwt_key:
        found.append(warning("AICC_JWT_KEY is not used beside AICC_JWKS_URL", "remove one of them"))
    if one.oidc_issuer and not one.public_url:
        found.append(wrong("browsers can't come back from signing in", "set AICC_PUBLIC_URL"))
    if one.body_limit_bytes > MAX_RECORD_BYTES:
        said = f"bodies above {MAX_RECORD_BYTES:,} bytes fit no record"
        found.append(wrong(said, f"AICC_BODY_LIMIT_BYTES={MAX_RECORD_BYTES // 2}"))
    if one.connect_wait_s + one.ack_wait_s > one.graceful_stop_s:
        said = "calls under way are cut off at a stop: they may wait longer than the stop"
        found.append(warning(said, "raise AICC_GRACEFUL_STOP_S above AICC_CONNECT_WAIT_S + AICC_ACK_WAIT_S"))
    return found + [_above(one, *pair) for pair in _PAIRS if getattr(one, pair[0]) <= getattr(one, pair[1])]


_PAIRS = (
    ("lease_s", "lease_every_s", "agents go offline between two renewals"),
    ("idle_socket_s", "ping_every_s", "sockets are closed before they are pinged"),
    ("customer_idle_s", "customer_grace_s", "who lost a connection is gone before the grace is over"),
    ("max_in_flight", "new_in_flight", "new contacts are never refused before all others"),
)
"""The first has to be above the second, or else."""


def of_lag(gateway: GatewaySettings, prober: ProberSettings) -> list[Finding]:
    """What the gateway asks of the prober."""
    if prober.every_s < gateway.lag_stale_s:
        return []
    said = "lag is measured less often than the gateway believes it: less and less is admitted"
    return [wrong(said, "lower AICC_EVERY_S, or raise AICC_LAG_STALE_S above it")]


def _above(one: GatewaySettings, higher: str, lower: str, otherwise: str) -> Finding:
    said = f"{variable(higher)} ({getattr(one, higher):g}) is not above {variable(lower)}: {otherwise}"
    return wrong(said, f"raise {variable(higher)} or lower {variable(lower)}")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
