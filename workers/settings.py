"""Settings that every worker has."""

from runtime.settings import Settings


class WorkerSettings(Settings, frozen=True, kw_only=True):
    """`topic_prefix` goes before the names of topics and groups, so that several platforms share a broker.

    `group`: the consumers' group, if not the worker's own name.
    `patience_s`: how long a fault that passes is waited out; then the process ends, to be started again.
    A batch, stored in one transaction, has `batch_records` and `batch_bytes` at the most; so much is fetched
    of each partition ahead of it.
    `fetch_min_bytes`: the broker waits for so much, though never longer than `fetch_wait_ms`: a sink that
    nobody waits for takes fewer and larger batches.
    `fetch_rest_ms`: between a fetch that brought records and the next one.
    `nice`: how far it stands back for others where they share processors, as in nice(1).
    `audit_s`: how often the sink is asked whether it was set back beneath us.
    """

    topic_prefix: str = ""
    group: str = ""
    batch_records: int = 2_000
    batch_bytes: int = 1 << 20
    patience_s: float = 30.0
    audit_s: float = 1.0
    session_timeout_ms: int = 10_000
    fetch_min_bytes: int = 1
    fetch_wait_ms: int = 100
    fetch_rest_ms: float = 5.0
    nice: int = 3

    @property
    def rebalance_s(self) -> float:
        """The longest that a member may hold up a rebalance: all that it waits out before it gives up."""
        return max(60.0, 2 * self.patience_s)
