"""Of records: how far their readers are behind, what Kafka takes, what Postgres is given."""

from infra.monitoring import objectives
from infra.monitoring.dashboards.board import (
    RATE,
    Board,
    Chart,
    Choice,
    Kind,
    Query,
    Unit,
    mean,
    quantile,
    rate,
)

_GROUP = Choice("group", "aicc_consumer_lag_seconds", "group")
_OF = '{group=~"$group"}'
_PLACE = "{{group}} {{topic}}/{{partition}}"

LAG = Board(
    "aicc-lag",
    "Consumer lag",
    "What is not processed yet, right even where nobody reads: measured by aicc-prober.",
    (
        Chart(
            "Lag by group",
            Unit.SECONDS,
            (Query(f"max by (group) (aicc_consumer_lag_seconds{_OF})", "{{group}}"),),
            objectives.LAG_S,
            says="The age of the oldest record not processed yet.",
        ),
        Chart(
            "Records behind",
            Unit.NUMBER,
            (Query(f"sum by (group) (aicc_consumer_lag_records{_OF})", "{{group}}"),),
        ),
        Chart(
            "Lag by partition",
            Unit.SECONDS,
            (Query(f"aicc_consumer_lag_seconds{_OF}", _PLACE),),
            objectives.LAG_S,
        ),
        Chart(
            "Until nothing is left",
            Unit.SECONDS,
            (Query(f"max by (group) (aicc_consumer_catchup_seconds{_OF} < Inf)", "{{group}}"),),
            says="At the pace of the last half minute; without those partitions whose lag does not shrink.",
        ),
        Chart(
            "Partitions that grow or are stuck",
            Unit.NUMBER,
            (
                Query(
                    f"count by (group) (aicc_consumer_lag_seconds{_OF} > {objectives.LAG_S:g}"
                    f" and aicc_consumer_catchup_seconds{_OF} == Inf)",
                    "{{group}}",
                ),
            ),
        ),
        Chart(
            "Processed",
            Unit.PER_SECOND,
            (Query(f"sum by (group) (rate(aicc_consumer_position_offset{_OF}[{RATE}]))", "{{group}}"),),
        ),
        Chart("Members", Unit.NUMBER, (Query(f"aicc_consumer_members{_OF}", "{{group}}"),)),
        Chart(
            "Lost to retention",
            Unit.NUMBER,
            (
                Query(
                    f"sum by (group) (increase(aicc_consumer_lost_records_total{_OF}[{RATE}]))", "{{group}}"
                ),
            ),
        ),
        Chart(
            "Age of the measurement",
            Unit.SECONDS,
            (Query("time() - max(aicc_consumer_lag_timestamp_seconds)", "seconds"),),
            30.0,
        ),
        Chart(
            "Most behind",
            Unit.NUMBER,
            (Query(f"topk(10, aicc_consumer_lag_records{_OF} > 0)"),),
            kind=Kind.TABLE,
        ),
    ),
    (_GROUP,),
)

KAFKA = Board(
    "aicc-kafka",
    "Kafka",
    "What clients see of the brokers: what is written and read, what fails, what is refused for good.",
    (
        Chart(
            "Commands sent by gateways",
            Unit.PER_SECOND,
            (
                Query(rate("aicc_gateway_sends_total"), "acknowledged or failed"),
                Query(rate("aicc_gateway_sends_failed_total"), "failed"),
            ),
        ),
        Chart("Decided outputs", Unit.PER_SECOND, (Query(rate("aicc_outputs_total", "topic"), "{{topic}}"),)),
        Chart(
            "Read, by topic and group",
            Unit.PER_SECOND,
            (
                Query(
                    f"sum by (group, topic) (rate(aicc_consumer_position_offset[{RATE}]))",
                    "{{topic}} by {{group}}",
                ),
            ),
        ),
        Chart(
            "Behind, by topic",
            Unit.NUMBER,
            (
                Query(
                    "sum by (consumergroup, topic) (kafka_consumergroup_lag)",
                    "{{topic}} by {{consumergroup}}",
                ),
            ),
        ),
        Chart("Members of groups", Unit.NUMBER, (Query("aicc_consumer_members", "{{group}}"),)),
        Chart(
            "Checkpoint, from encoding to commit",
            Unit.SECONDS,
            (Query(quantile(0.99, "aicc_checkpoint_seconds", "app"), "{{app}}, p99"),),
            says="A slow broker or disk shows here first.",
        ),
        Chart(
            "Dead letters",
            Unit.PER_SECOND,
            (Query(rate("aicc_dlq_records_total", "topic, reason"), "{{topic}}: {{reason}}"),),
        ),
        Chart(
            "Lost, or not in the log",
            Unit.NUMBER,
            (
                Query(
                    f"sum by (topic) (increase(aicc_consumer_lost_records_total[{RATE}]))",
                    "{{topic}}: retention",
                ),
                Query(f"sum by (topic) (increase(aicc_log_holes_total[{RATE}]))", "{{topic}}: holes"),
            ),
        ),
    ),
)

POSTGRES = Board(
    "aicc-postgres",
    "Postgres",
    "What its clients wait for, what is stored, and what has no month.",
    (
        Chart(
            "Stored",
            Unit.PER_SECOND,
            (Query(rate("aicc_stored_records_total", "worker, topic"), "{{worker}}: {{topic}}"),),
        ),
        Chart(
            "A batch",
            Unit.SECONDS,
            (Query(quantile(0.95, "aicc_batch_seconds", "worker"), "{{worker}}, p95"),),
        ),
        Chart(
            "Records of a batch",
            Unit.NUMBER,
            (Query(mean("aicc_batch_records", "worker"), "{{worker}}, mean"),),
        ),
        Chart(
            "Waiting for a connection, p95",
            Unit.SECONDS,
            (Query(quantile(0.95, "aicc_database_wait_seconds", "job"), "{{job}}"),),
            0.25,
        ),
        Chart(
            "Connections in use by gateways",
            Unit.NUMBER,
            (Query(rate("aicc_database_held_seconds_sum", "job"), "{{job}}"),),
            says="Near AICC_DATABASE_CONNECTIONS (4) readers wait.",
        ),
        Chart(
            "Rows without a month",
            Unit.NUMBER,
            (Query("max by (table) (aicc_default_partition_rows)", "{{table}}"),),
            1.0,
        ),
        Chart(
            "Lag of what stores",
            Unit.SECONDS,
            (
                Query(
                    'max by (group, topic) (aicc_consumer_lag_seconds{group=~"persister|webhooks"})',
                    "{{topic}} by {{group}}",
                ),
            ),
            objectives.LAG_S,
        ),
        Chart(
            "History's cache",
            Unit.PER_SECOND,
            (
                Query(rate("aicc_gateway_history_cache_total", "result"), "page: {{result}}"),
                Query(rate("aicc_history_raises_total", "result"), "raise: {{result}}"),
            ),
        ),
    ),
)
