"""The gateway's settings."""

from runtime.settings import Settings


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """Times in seconds, sizes in bytes. Each field is the variable AICC_<FIELD>."""

    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8080
    profile: str = "local"
    """What is open without a role is open in the profile `local` only."""

    jwt_secret: str = ""
    """Signs agents' tokens; where empty, a secret of this installation's own in var/jwt.secret."""

    connect_wait_s: float = 1.0
    reply_wait_s: float = 0.25
    valid_for_s: float = 10.0
    """A command that reaches the log later than this is refused by its owner."""

    pool_wait_s: float = 1.0
    """For a pool's answer to a supervisor or a dry run."""

    key_wait_s: float = 1.0
    """For the answer to a request with an Idempotency-Key: without one it is 503, to be asked again."""

    key_kept_s: float = 24 * 3600.0
    """How long it is remembered what became of such a request."""

    ack_wait_s: float = 3.0
    """Together with `connect_wait_s` within `graceful_stop_s`: what is under way is answered at a stop."""

    stale_send_s: float = 0.5
    """While the oldest send waits longer than this for the broker, nothing new is accepted."""

    max_in_flight: int = 20_000
    linger_ms: int = 0
    body_limit_bytes: int = 64 * 1024

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

    customer_idle_s: float = 600.0
    agent_idle_s: float = 1800.0
    customer_grace_s: float = 60.0
    graceful_stop_s: int = 4
    bench: bool = False
    """Adds POST /bench/echo: the body parsed and answered, nothing produced."""
