"""Every metric of the platform, once, each with what it says; no customer or session in a label."""

from runtime.metric_kinds import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
_REQUEST_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    5.0,
    10.0,
)
"""With an edge at each target that is common for calls: 0.1, 0.5, 1, 1.5, 2, 2.5 and 3 s."""

_WAIT_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""With an edge at the service level's 20 s."""

# Every process
LOOP_LAG_SECONDS = Histogram(
    "aicc_loop_lag_seconds", "How late the event loop wakes a sleeper.", buckets=_SECONDS
)
GC_PAUSE_SECONDS = Histogram(
    "aicc_gc_pause_seconds", "One garbage collection, by generation.", ["generation"], buckets=_SECONDS
)

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
CHECKPOINT_AGE_SECONDS = Gauge(
    "aicc_checkpoint_age_seconds",
    "Since the last checkpoint, where something was decided after it; else 0.",
    ["app", "partition"],
)
RESTORE_SECONDS = Gauge(
    "aicc_restore_seconds",
    "From the start, or the last rebalance, until the last of our partitions was open.",
    ["app"],
)
CHECKPOINT_BYTES = Counter("aicc_checkpoint_bytes", "Snapshot bytes sent to the changelog.", ["app"])

# Workers
STORED = Counter("aicc_stored_records", "Records a worker has stored.", ["worker", "topic"])
BATCH_SECONDS = Histogram("aicc_batch_seconds", "One batch of a worker.", ["worker"], buckets=_SECONDS)
BATCH_RECORDS = Histogram(
    "aicc_batch_records",
    "Records of one batch of a worker.",
    ["worker"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
)
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
DATABASE_HELD_SECONDS = Histogram(
    "aicc_database_held_seconds",
    "From getting a connection of the gateway to giving it back.",
    buckets=_SECONDS,
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

CATCHUP_SECONDS = Gauge(
    "aicc_consumer_catchup_seconds",
    "Until nothing is left at the pace of the last half minute; infinite where the lag does not shrink.",
    ["group", "topic", "partition"],
)
GROUP_LAG = Gauge(
    "kafka_consumergroup_lag",
    "The same as aicc_consumer_lag_records, under the name of Kafka's usual exporters.",
    ["consumergroup", "topic", "partition"],
)
LOST_RECORDS = Counter(
    "aicc_consumer_lost_records",
    "Records that retention deleted before the group had processed them.",
    ["group", "topic", "partition"],
)
POSITION_OFFSET = Gauge(
    "aicc_consumer_position_offset", "The next offset to be processed.", ["group", "topic", "partition"]
)
MEMBERS = Gauge("aicc_consumer_members", "Members of a consumer group.", ["group"])
LAG_AT = Gauge(
    "aicc_consumer_lag_timestamp_seconds", "When lag was measured last, Unix time, broker's clock."
)

# The machine (prober)
MACHINE_CPU = Gauge("aicc_machine_cpu_ratio", "Processor time in use, of all cores; 0 to 1.")
MACHINE_MEMORY = Gauge("aicc_machine_memory_ratio", "Memory that is not available; 0 to 1.")
CERTIFICATE_END = Gauge(
    "aicc_certificate_end_timestamp_seconds",
    "When a certificate ends, Unix time; AICC_CERTIFICATES.",
    ["file"],
)

# The contact center, synthetic contacts and agents left out (prober)
IN_QUEUE = Gauge("aicc_contacts_in_queue", "Contacts that wait.", ["pool", "queue"])
OLDEST_WAIT_SECONDS = Gauge(
    "aicc_oldest_contact_wait_seconds", "The longest wait of those who wait now.", ["pool", "queue"]
)
AGENTS = Gauge("aicc_agents", "Agents, each in one state.", ["pool", "state"])
SERVICE_LEVEL = Gauge(
    "aicc_service_level", "Answered in time over queued, of the last half hour; 0 to 1.", ["pool", "queue"]
)
QUEUE_WAIT_SECONDS = Histogram(
    "aicc_queue_wait_seconds", "Waits of those who got an agent.", ["pool", "queue"], buckets=_WAIT_SECONDS
)
OFFERS = Counter(
    "aicc_offers",
    "Offers: `pending` is each when it is made, others what became of it.",
    ["pool", "outcome"],
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
    buckets=_REQUEST_SECONDS,
)
WAITING = Gauge("aicc_gateway_waiting", "Calls and frames that wait for a verdict.")
ADMISSION_REJECTED = Counter(
    "aicc_admission_rejected", "Requests refused before anything of them was done.", ["class", "reason"]
)
ADMISSION_LEVEL = Gauge("aicc_admission_level", "The part of all requests that is refused, 0 to 1.")
ADMISSION_BUDGET = Gauge("aicc_admission_budget", "Requests admitted a second at most; -1: no limit.")
ADMISSION_PRESSURE = Gauge(
    "aicc_admission_pressure", "A signal over its target: above 1 is too much.", ["signal"]
)
ADMISSION_SIGNAL_AGE = Gauge(
    "aicc_admission_signal_age_seconds", "Since the newest measurement of the stages; -1: never one."
)
SWITCH_ON = Gauge("aicc_switch_on", "1 where an operator has turned a switch on.", ["name"])
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
ATTACHMENTS = Counter(
    "aicc_gateway_attachments", "Images that were uploaded: taken, refused or unavailable.", ["result"]
)
ATTACHMENT_BYTES = Counter("aicc_gateway_attachment_bytes", "Bytes of the images that were taken.")
FEED_READS = Counter("aicc_gateway_feed_reads", "Feeds read from Redis or Postgres, not taken from a nudge.")

# Load generator (aicc-loadgen run)
LOADGEN_RUN = Gauge("aicc_loadgen_run", "1 while the load test goes on.", ["run", "profile"])
LOADGEN_OFFERED = Gauge("aicc_loadgen_offered_per_second", "Begun a second, of the last 5 s.", ["run"])
LOADGEN_SERVED = Gauge("aicc_loadgen_served_per_second", "Answered well a second, of the last 5 s.", ["run"])
LOADGEN_USERS = Gauge("aicc_loadgen_users", "Users or contacts that live.", ["run"])
LOADGEN_RESPONSE_SECONDS = Gauge(
    "aicc_loadgen_response_seconds",
    "From when it should have been sent to its answer, of the last 5 s: the 50th, 95th and 99th percentile.",
    ["run", "percentile"],
)
LOADGEN_FAILURES = Gauge(
    "aicc_loadgen_failures",
    "Of the run so far: errors, shed, and dropped before they were sent.",
    ["run", "kind"],
)
LOADGEN_LATENESS_SECONDS = Gauge(
    "aicc_loadgen_lateness_seconds", "How late requests are begun, of the last 5 s (p99).", ["run"]
)
LOADGEN_CORES = Gauge("aicc_loadgen_cores", "Processor time that the generator takes, in cores.", ["run"])
