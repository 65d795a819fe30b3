"""Every metric of the platform, once, each with what it says; no customer or session in a label."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)

# Processors (streams)
DECIDED = Counter("aicc_decided_records", "Commands decided.", ["app", "partition"])
OUTPUTS = Counter("aicc_outputs", "Records that decisions sent.", ["app", "topic"])
DEAD_LETTERS = Counter("aicc_dlq_records", "Records sent to a dead-letter topic.", ["topic", "reason"])
ENTITIES = Gauge("aicc_entities", "Entities in memory.", ["app", "partition"])
TIMERS = Gauge(
    "aicc_timers",
    "Times that entities wait for, some of them obsolete.",
    ["app", "partition"],
)
CHECKPOINT_SECONDS = Histogram(
    "aicc_checkpoint_seconds", "From encoding to commit.", ["app"], buckets=_SECONDS
)
CHECKPOINT_BYTES = Counter("aicc_checkpoint_bytes", "Snapshot bytes sent to the changelog.", ["app"])

# Workers
STORED = Counter("aicc_stored_records", "Records a worker has stored.", ["worker", "topic"])
BATCH_SECONDS = Histogram("aicc_batch_seconds", "One batch of a worker.", ["worker"], buckets=_SECONDS)
HOLES = Counter("aicc_log_holes", "Holes read over in logs without compaction.", ["worker", "topic"])
DEFAULT_ROWS = Gauge(
    "aicc_default_partition_rows", "Rows for which there is no month; 100,000: as many or more.", ["table"]
)
HISTORY_RAISES = Counter(
    "aicc_history_raises", "Times that gateways were told of what is stored, or could not be.", ["result"]
)

# Webhooks
WEBHOOK_TRIES = Counter("aicc_webhook_tries", "Tries, by what became of the delivery.", ["state"])
WEBHOOK_SECONDS = Histogram("aicc_webhook_seconds", "One try.", buckets=(*_SECONDS, 15.0, 30.0))

# Bot (responder)
BOT_ANSWERS = Counter(
    "aicc_bot_answers", "Answers by who gave them, and what they came to.", ["by", "outcome"]
)
BOT_SECONDS = Histogram("aicc_bot_seconds", "From a question's append to its answer's.", buckets=_SECONDS)
BOT_MODEL_FAILURES = Counter(
    "aicc_bot_model_failures", "Questions that the language model did not answer, by why.", ["reason"]
)

# Postgres (gateway, workers)
DATABASE_WAIT_SECONDS = Histogram(
    "aicc_database_wait_seconds", "Until a connection to Postgres was free.", buckets=_SECONDS
)

# Lag (prober)
LAG_RECORDS = Gauge(
    "aicc_consumer_lag_records", "Records not processed yet.", ["group", "topic", "partition"]
)
LAG_SECONDS = Gauge(
    "aicc_consumer_lag_seconds",
    "Age of the oldest record not processed yet, in broker time.",
    ["group", "topic", "partition"],
)

# Estimated waits of contacts that were answered (prober)
ESTIMATED = Counter(
    "aicc_estimated_wait", "Contacts, by whether they waited within the p90 or above it.", ["queue", "within"]
)
ESTIMATED_RATIO = Histogram(
    "aicc_estimated_wait_error_ratio",
    "The p50 less the wait, without sign, over the wait (1 s at least).",
    ["queue"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0),
)
ESTIMATED_OFF_SECONDS = Counter(
    "aicc_estimated_wait_off_seconds", "By how much p50s were off; over the waits, the mean error.", ["queue"]
)
ESTIMATED_WAITED_SECONDS = Counter("aicc_estimated_wait_waited_seconds", "The waits.", ["queue"])

# Gateway
REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "code"])
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "From the first byte to the answer.",
    ["method", "route", "code"],
    buckets=_SECONDS,
)
WAITING = Gauge("aicc_gateway_waiting", "Calls and frames that wait for a verdict.")
ADMISSION_REFUSED = Counter(
    "aicc_admission_refused", "Requests refused before anything of them was done.", ["class", "reason"]
)
ADMISSION_LEVEL = Gauge("aicc_admission_level", "The part of all requests that is refused, 0 to 1.")
ADMISSION_BUDGET = Gauge("aicc_admission_budget", "Requests admitted a second at most; -1: no limit.")
ADMISSION_PRESSURE = Gauge(
    "aicc_admission_pressure", "A signal over its target: above 1 is too much.", ["signal"]
)
ADMISSION_SIGNAL_AGE = Gauge(
    "aicc_admission_signal_age_seconds", "Since the newest measurement of the stages; -1: never one."
)
CLOSED_CONNECTIONS = Counter(
    "aicc_gateway_closed_connections", "Connections ended from our side, by reason.", ["why"]
)
SOCKETS = Gauge("aicc_sockets", "Open WebSockets.", ["kind"])
SENDS = Counter("aicc_gateway_sends", "Commands that were sent and acknowledged or failed.")
SENDS_FAILED = Counter(
    "aicc_gateway_sends_failed", "Commands whose acknowledgement failed: unknown, not undone."
)
SOCKET_COMMANDS = Counter(
    "aicc_gateway_socket_commands", "Messages and ends of conversations that came over sockets."
)
FRAMES = Counter("aicc_gateway_frames", "Frames sent to sockets.", ["kind"])
SLOW_SOCKETS = Counter("aicc_gateway_slow_sockets", "Sockets closed because they took too little.", ["kind"])
HISTORY_CACHE = Counter(
    "aicc_gateway_history_cache", "Pages of history: hit or miss of the cache, or error of it.", ["result"]
)
FEED_READS = Counter("aicc_gateway_feed_reads", "Feeds read from Redis or Postgres, not taken from a nudge.")
