"""The settings of aicc-webhooks."""

from workers.settings import WorkerSettings
from workers.webhooks.retrying import Schedule


class WebhooksSettings(WorkerSettings, frozen=True, kw_only=True):
    """`webhook_private`: endpoints may be in this network, too; in the local profile they may anyway.

    `timeout_s`: of one try; who dies with one leaves it to others after `lease_margin_s` more. `retry_…`: see
    Schedule. `in_flight`: tries at a time. `keep_days`: how long what was sent is shown.
    """

    profile: str = "local"
    webhook_private: bool = False
    connections: int = 8
    statement_timeout_s: float = 10.0
    dead_letter_limit: int = 1_000
    fetch_min_bytes: int = 65_536
    nice: int = 10
    timeout_s: float = 15.0
    lease_margin_s: float = 30.0
    retry_first_s: float = 5.0
    retry_factor: float = 4.0
    retry_most_s: float = 6 * 3600.0
    retry_tries: int = 10
    in_flight: int = 200
    in_flight_per_endpoint: int = 4
    poll_s: float = 0.5
    keep_days: float = 30.0

    @property
    def local(self) -> bool:
        """Endpoints may be http, and anywhere."""
        return self.profile == "local"

    @property
    def schedule(self) -> Schedule:
        """When a delivery is tried again."""
        return Schedule(
            first_s=self.retry_first_s,
            factor=self.retry_factor,
            most_s=self.retry_most_s,
            tries=self.retry_tries,
        )
