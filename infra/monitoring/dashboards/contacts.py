"""Of contacts and the agents who serve them."""

from infra.monitoring import objectives
from infra.monitoring.dashboards.board import RATE, Board, Chart, Choice, Query, Unit, quantile, rate

_POOL = Choice("pool", "aicc_contacts_in_queue", "pool")
_IN = '{pool=~"$pool"}'
_LATE = '{within="above"}'
_ESTIMATED = "aicc_estimated_wait_total"
_ABOVE = f"{rate(_ESTIMATED, 'queue', _LATE)} / {rate(_ESTIMATED, 'queue')}"

CONTACTS = Board(
    "aicc-contacts",
    "Contact flow",
    "From the call to the row in the database: what comes, what waits, what ends.",
    (
        Chart(
            "Begun and asked for",
            Unit.PER_SECOND,
            (
                Query(
                    rate(
                        "http_requests_total",
                        "route",
                        '{route=~"/chat/start|/agent/connect|/ivr/process",code="200"}',
                    ),
                    "{{route}}",
                ),
            ),
        ),
        Chart(
            "Messages",
            Unit.PER_SECOND,
            (
                Query(rate("http_requests_total", selector='{route="/chat/message",code="200"}'), "by call"),
                Query(rate("aicc_gateway_socket_commands_total"), "over sockets"),
            ),
        ),
        Chart(
            "Commands decided",
            Unit.PER_SECOND,
            (Query(rate("aicc_decided_records_total", "app"), "{{app}}"),),
        ),
        Chart("Outputs", Unit.PER_SECOND, (Query(rate("aicc_outputs_total", "topic"), "{{topic}}"),)),
        Chart("Stored", Unit.PER_SECOND, (Query(rate("aicc_stored_records_total", "worker"), "{{worker}}"),)),
        Chart(
            "Waiting",
            Unit.NUMBER,
            (Query(f"sum by (pool, queue) (aicc_contacts_in_queue{_IN})", "{{queue}} of {{pool}}"),),
        ),
        Chart(
            "Longest wait",
            Unit.SECONDS,
            (
                Query(
                    f"max by (pool, queue) (aicc_oldest_contact_wait_seconds{_IN})", "{{queue}} of {{pool}}"
                ),
            ),
            objectives.OLDEST_WAIT_S,
        ),
        Chart(
            "Waits of who got an agent",
            Unit.SECONDS,
            tuple(
                Query(quantile(q, "aicc_queue_wait_seconds", selector=_IN), f"p{q * 100:g}")
                for q in (0.5, 0.9)
            ),
        ),
        Chart(
            "Bot",
            Unit.PER_SECOND,
            (Query(rate("aicc_bot_answers_total", "by, outcome"), "{{by}}: {{outcome}}"),),
        ),
        Chart(
            "Bot's answer, p95",
            Unit.SECONDS,
            (Query(quantile(0.95, "aicc_bot_seconds"), "from question to answer"),),
        ),
    ),
    (_POOL,),
)

ROUTING = Board(
    "aicc-routing",
    "Routing",
    "Agents, offers, service levels and how well waits are foretold.",
    (
        Chart("Agents", Unit.NUMBER, (Query(f"sum by (state) (aicc_agents{_IN})", "{{state}}"),)),
        Chart(
            "Offers",
            Unit.PER_SECOND,
            (Query(rate("aicc_offers_total", "outcome", _IN), "{{outcome}}"),),
        ),
        Chart(
            "Service level of the last half hour",
            Unit.RATIO,
            (Query(f"aicc_service_level{_IN}", "{{queue}} of {{pool}}"),),
            objectives.SERVICE_LEVEL,
            good_above=True,
        ),
        Chart(
            "Estimated waits: off by, of the wait",
            Unit.RATIO,
            (
                Query(
                    f"{rate('aicc_estimated_wait_off_seconds_total', 'queue')}"
                    f" / {rate('aicc_estimated_wait_waited_seconds_total', 'queue')}",
                    "{{queue}}",
                ),
            ),
            0.3,
        ),
        Chart(
            "Waited longer than the p90 they were told",
            Unit.RATIO,
            (
                Query(
                    _ABOVE,
                    "{{queue}}",
                ),
            ),
            0.1,
        ),
        Chart(
            "Decided",
            Unit.PER_SECOND,
            (Query(rate("aicc_decided_records_total", "app, partition"), "{{app}} {{partition}}"),),
        ),
        Chart("In memory", Unit.NUMBER, (Query("sum by (app) (aicc_entities)", "{{app}}"),)),
        Chart("Timers", Unit.NUMBER, (Query("sum by (app) (aicc_timers)", "{{app}}"),)),
        Chart(
            "Checkpoints",
            Unit.SECONDS,
            (
                Query(quantile(0.99, "aicc_checkpoint_seconds", "app"), "{{app}}: duration, p99"),
                Query("max by (app) (aicc_checkpoint_age_seconds)", "{{app}}: age"),
            ),
            objectives.CHECKPOINT_AGE_S,
        ),
        Chart(
            "Snapshots written",
            Unit.BYTES_PER_SECOND,
            (Query(f"sum by (app) (rate(aicc_checkpoint_bytes_total[{RATE}]))", "{{app}}"),),
        ),
        Chart("Restored in", Unit.SECONDS, (Query("max by (app) (aicc_restore_seconds)", "{{app}}"),), 3.0),
    ),
    (_POOL,),
)
