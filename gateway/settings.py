"""The gateway's settings."""

from typing import Annotated

from msgspec import Meta

from runtime.settings import Settings

_RATE = r"/[^=,\s]*=[0-9]*[1-9][0-9]*"
_Rates = Annotated[
    str, Meta(pattern=rf"^({_RATE}(,{_RATE})*)?$", description="of the form /path=500,/other=20")
]
_Networks = Annotated[
    str, Meta(pattern=r"^[0-9a-fA-F.:/, ]*$", description="addresses or networks, apart by commas")
]
_Positive = Annotated[float, Meta(gt=0, description="a number above 0")]
_NotNegative = Annotated[float, Meta(ge=0, description="a number from 0 on")]
_CustomerTokens = Annotated[str, Meta(pattern="^(strict|lenient|)$", description="strict or lenient")]
_Language = Annotated[str, Meta(pattern="^(en-US|ko-KR)$", description="en-US or ko-KR")]
_Origins = Annotated[
    str,
    Meta(
        pattern=r"^(\s*https?://[^\s,*/]+/?\s*(,|$))*$",
        description="origins like https://desk.example.org, apart by commas",
    ),
]
_Embedders = Annotated[
    str,
    Meta(
        pattern=r"^(\*|none|(\s*https?://[^\s,;'\"/]+/?\s*(,|$))*)$",
        description="*, none, or origins like https://shop.example.org, apart by commas",
    ),
]


_ImageBytes = Annotated[int, Meta(ge=1024, le=64 << 20, description="1024 to 67108864")]


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """Times in seconds, sizes in bytes. Each field is the variable AICC_<FIELD>."""

    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8080
    gateway_shares_port: bool = False
    """Several gateways of one machine serve the same port; the kernel spreads connections over them."""

    gateway_certificate: str = ""
    """PEM, read again when it changes; empty: no TLS, something in front ends it."""

    gateway_key: str = ""
    """Of `gateway_certificate`; empty: it is in the same file."""

    profile: str = "local"
    """In the profile `local` supervisors and admins need no token."""

    customer_tokens: _CustomerTokens = ""
    """strict: customers need their session's token. Where empty, lenient in the profile `local` only."""

    customer_token_s: float = 24 * 3600.0
    secret: str = ""
    """Makes customers' tokens; the same for all gateways. Where empty, the one in var/gateway.secret."""

    jwt_key: str = ""
    """A file with the key (PEM) that verifies staff's tokens; where empty, var/jwt.key."""

    jwks_url: str = ""
    """Where the issuer publishes its keys; then they verify staff's tokens, and no file does."""

    jwks_every_s: float = 300.0
    jwks_floor_s: float = 10.0
    """The issuer is asked for a key that is not known at most once in this time."""

    jwt_issuer: str = "aicc"
    jwt_audience: str = "aicc"
    jwt_leeway_s: float = 5.0
    token_warn_s: float = 60.0
    token_grace_s: float = 10.0
    """A socket is told so long before its token is over, and closed so long after."""

    oidc_issuer: str = ""
    """The OpenID provider where browsers of staff sign in; its keys verify tokens, and it is their issuer."""

    oidc_client_id: str = "aicc"
    oidc_client_secret: str = ""
    oidc_scopes: str = "openid profile offline_access"
    public_url: str = ""
    """Of the gateway, as browsers have it."""

    session_s: int = 12 * 3600
    """A browser that does not refresh for so long has to sign in again."""

    cors_origins: _Origins = ""
    """Origins (https://…), apart by commas, whose pages may call us and open sockets; our own may always."""

    widget_origins: _Embedders = ""
    """Origins, apart by commas, whose pages may show the customer's chat in a frame; * is all, none is none
    but our own. Where empty, all in the profile `local` and none elsewhere."""

    connect_wait_s: float = 1.0
    reply_wait_s: float = 0.25
    valid_for_s: float = 10.0
    """A command that reaches the log later than this is refused by its owner."""

    erase_wait_s: float = 3.0
    """For the database to have erased a customer; then it is 202, to be looked at later."""

    pool_wait_s: float = 1.0
    """For a pool's answer to a supervisor or a dry run."""

    key_wait_s: float = 1.0
    """For the answer to a request with an Idempotency-Key: without one it is 503, to be asked again."""

    key_kept_s: float = 24 * 3600.0
    """How long it is remembered what became of such a request."""

    ack_wait_s: float = 1.5
    """Together with `connect_wait_s` within `graceful_stop_s`: what is under way is answered at a stop."""

    stale_send_s: float = 0.5
    """While the oldest send waits longer than this for the broker, nothing new is accepted."""

    max_in_flight: int = 20_000
    new_in_flight: int = 250
    """No new contact and no connect is admitted while more records than this are under way to the broker."""

    linger_ms: int = 0
    producer_batch_bytes: Annotated[int, Meta(ge=1024, le=1 << 20, description="1024 to 1048576")] = 1 << 18
    """The most that travels to a partition at once; a record alone may be larger."""

    database_connections: int = 4
    database_wait_s: _Positive = 0.3
    """For a free connection to Postgres; who reads is told 503 then."""

    history_cache_s: _NotNegative = 2.0
    """So long a page of history may be served from Redis, if nothing of it is stored anew; 0: never."""

    history_cache_wait_s: _Positive = 0.05
    """For Redis to have it; then Postgres is asked."""

    body_limit_bytes: int = 64 * 1024
    attachment_limit_bytes: _ImageBytes = 5 << 20
    """Of an image; it has to come within `head_timeout_s` and `body_timeout_s`."""

    attachments_per_session: Annotated[int, Meta(ge=0, description="a whole number from 0 on")] = 50
    """Sent or not; 0 takes none at all."""

    attachments_at_once: Annotated[int, Meta(ge=1, le=1_000, description="1 to 1000")] = 8
    """So many images may be on their way to this gateway, each of them in memory."""

    lease_s: float = 15.0
    lease_every_s: float = 5.0
    api_lease_s: float = 60.0
    """For agents without a socket, whose presence is said and renewed by calls."""

    compare_every_s: float = 2.0
    """How often the cursors of all sockets are compared with their feeds."""

    max_polls: int = 2_000
    """How many requests may wait for entries of transcripts at a time."""

    socket_queue_frames: int = 256
    slow_socket_s: float = 10.0
    """A socket whose full queue takes nothing for so long is closed."""

    idle_socket_s: float = 3600.0
    """A customer's or supervisor's socket on which nobody says anything for so long is closed."""

    ping_every_s: float = 20.0
    """Sockets are pinged so often; one that has not answered before the next ping is closed."""

    beyond_end_s: float = 10.0
    """So long a feed may stay behind what a client says it knows of it: Redis may be filling up again."""

    typing_every_s: float = 1.0
    customer_idle_s: float = 600.0
    agent_idle_s: float = 1800.0
    customer_grace_s: float = 60.0
    ivr_wait_s: float = 1.0
    """For the answer to a caller's input, without which there is nothing to play."""

    ivr_idle_s: float = 60.0
    call_limit_s: float = 14_400.0
    callback_tries: int = 3
    """Who is to be called back and is not reached is tried so often, so far apart, no longer than this."""

    callback_pause_s: float = 900.0
    callback_expires_s: float = 3 * 86_400.0
    twiml_auth_token: str = ""
    """Of the telephone system's account: its webhooks are signed by it. Without it they are taken in the
    profile `local` only."""

    alerts_token: str = ""
    """What Alertmanager bears at POST /ops/alerts; without it they are taken in the profile `local` only."""

    twiml_language: _Language = "en-US"
    """What callers are spoken to in where the flow does not say it."""

    twiml_every_s: Annotated[int, Meta(ge=1, le=60, description="1 to 60")] = 10
    """How often a waiting call asks how it stands."""

    graceful_stop_s: int = 4
    bench: bool = False
    """Adds POST /bench/echo: the body parsed and answered, nothing produced."""

    admission: bool = True
    """Refuses by class while the platform does not keep up."""

    lag_target_s: _Positive = 3.0
    """Of what is admitted now: how long it may wait for the processors and for the notifier."""

    store_lag_target_s: _Positive = 30.0
    """The same for the persister, which nobody waits for but who reads history."""

    lag_stale_s: float = 4.0
    loop_target_s: _Positive = 0.02
    """How late the gateway's own work may make it for what is to be done next."""

    produce_target_s: _Positive = 0.1
    """How long acknowledgements may take, on average of a tenth of a second."""

    address_per_s: _Positive = 200.0
    """Requests by address; a call center's agents may share one."""

    address_starts_per_s: _Positive = 10.0
    customer_per_s: _Positive = 5.0
    """Requests by the customer or session that the body names."""

    route_limits: _Rates = ""
    """Requests a second of all clients together, by path."""

    burst_s: _Positive = 4.0
    """How many seconds' worth of a rate may come at once."""

    limited_keys: int = 50_000
    """Addresses and customers that are counted at a time."""

    trusted_proxies: _Networks = ""
    """Whose X-Forwarded-For is believed: addresses or networks, apart by commas."""

    head_timeout_s: float = 10.0
    """From a request's first byte to the end of its headers; for the first one from the connection on."""

    body_timeout_s: float = 20.0
    """For the rest of the request."""

    keep_alive_s: float = 75.0
    write_timeout_s: float = 30.0
    """A client that takes nothing of its answer for so long is cut off."""

    head_limit_bytes: int = 32 * 1024
    connection_limit: int = 15_000
