"""aicc-gateway: one process that serves HTTP and WebSockets until SIGTERM."""

import gc
import logging
import signal
import ssl
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from gateway.app import make_app
from gateway.denials import DeniesQuietly, is_ours
from gateway.listening import listeners
from gateway.overload.guarded import Guarded
from gateway.realtime.draining import DrainingServer
from gateway.security.headers import every_answers
from gateway.settings import GatewaySettings
from runtime.certificates import Files, server_context
from runtime.command import service_settings
from runtime.starting import start_telling

log = logging.getLogger(__name__)


def main() -> None:
    """Ends with status 0 after SIGTERM or SIGINT."""
    settings = service_settings(GatewaySettings, "Serves HTTP and WebSockets.")
    start_telling("gateway", settings)
    # At INFO uvicorn writes the addresses of WebSockets, and with them tokens and session ids.
    uvicorn_log = logging.getLogger("uvicorn.error")
    uvicorn_log.setLevel(logging.WARNING)
    uvicorn_log.addFilter(is_ours)
    collect_seldom()
    scheme = "https" if settings.gateway_certificate else "http"
    log.info("serving on %s://%s:%d", scheme, settings.gateway_host, settings.gateway_port)
    # uvicorn raises the signal again when it has stopped, for whoever handled it before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    config = server_config(settings)
    DrainingServer(config).run(sockets=listeners(config, shared=settings.gateway_shares_port))


def collect_seldom() -> None:
    """What is there from the start is never looked at again, and requests' short-lived objects less often:
    with the defaults a tenth of a busy gateway's time goes to collections that find nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def server_config(settings: GatewaySettings) -> uvicorn.Config:
    """One process, no access log, no compression of frames; the limits on bodies are in the app. Raises
    OSError where there is a certificate that can't be used."""
    return uvicorn.Config(
        make_app(settings),
        host=settings.gateway_host,
        port=settings.gateway_port,
        loop="uvloop",
        http=Guarded,
        ws=DeniesQuietly,
        ws_max_size=settings.body_limit_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=settings.ping_every_s,
        ws_ping_timeout=settings.ping_every_s,
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=every_answers(settings.profile),
        backlog=4096,
        timeout_graceful_shutdown=settings.graceful_stop_s,
        ssl_context_factory=_tls(settings),
    )


def _tls(settings: GatewaySettings) -> Callable[..., ssl.SSLContext] | None:
    if not settings.gateway_certificate:
        return None
    context = server_context(Files("", settings.gateway_certificate, settings.gateway_key))
    return lambda *_: context


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
