"""Of the service as a whole, by its objectives; and of the gateway."""

from infra.monitoring import objectives
from infra.monitoring.dashboards.board import RANGE, Board, Chart, Kind, Query, Unit, mean, quantile, rate

_BUDGET = round(1 - objectives.AVAILABILITY, 6)
_TIMES = "http_request_duration_seconds"


def _failed(window: str) -> str:
    """The part of calls that fail, 0 where none does; what was shed (503) is not among them."""
    failed = rate("http_requests_total", selector='{code=~"5..",code!="503"}', window=window)
    return f"({failed} or vector(0)) / {rate('http_requests_total', window=window)}"


def _within(seconds: str) -> str:
    """The part of calls that were answered within a bucket's edge."""
    quick = rate(f"{_TIMES}_bucket", selector=f'{{le="{seconds}"}}', window=RANGE)
    return f"{quick} / {rate(f'{_TIMES}_count', window=RANGE)}"


_FIGURES = (
    Chart(
        "Availability",
        Unit.RATIO,
        (Query(f"1 - ({_failed(RANGE)})"),),
        objectives.AVAILABILITY,
        good_above=True,
        kind=Kind.FIGURE,
        says="Of all calls of the range that were not shed: answered without a 5xx.",
    ),
    Chart(
        "Error budget left",
        Unit.RATIO,
        (Query(f"1 - ({_failed(RANGE)}) / {_BUDGET:g}"),),
        0.0,
        good_above=True,
        kind=Kind.FIGURE,
        says="1: nothing of the range failed; 0: as much as may; below: more.",
    ),
    Chart(
        "Answered within 1 s", Unit.RATIO, (Query(_within("1.0")),), 0.95, good_above=True, kind=Kind.FIGURE
    ),
    Chart(
        "Lag, worst group",
        Unit.SECONDS,
        (Query("max(aicc_consumer_lag_seconds)"),),
        objectives.LAG_S,
        kind=Kind.FIGURE,
    ),
    Chart(
        "Longest wait",
        Unit.SECONDS,
        (Query("max(aicc_oldest_contact_wait_seconds)"),),
        objectives.OLDEST_WAIT_S,
        kind=Kind.FIGURE,
    ),
    Chart(
        "Service level, worst queue",
        Unit.RATIO,
        (Query("min(aicc_service_level >= 0)"),),
        objectives.SERVICE_LEVEL,
        good_above=True,
        kind=Kind.FIGURE,
    ),
)

OVERVIEW = Board(
    "aicc-overview",
    "Overview by objectives",
    "Whether what was promised holds; each line in red is a target of infra/monitoring/objectives.py.",
    (
        *_FIGURES,
        Chart(
            "Burn rate of the error budget",
            Unit.NUMBER,
            tuple(Query(f"({_failed(window)}) / {_BUDGET:g}", window) for window in ("5m", "1h", "6h", "3d")),
            14.4,
            says="1 uses up what may fail; pages come at 14.4 (1 h and 5 min) and 6 (6 h and 30 min).",
        ),
        Chart(
            "Response time, mean of 5 minutes",
            Unit.SECONDS,
            (Query(mean(_TIMES, window="5m"), "mean"),),
            objectives.MEAN_RESPONSE_S,
        ),
        Chart(
            "Response time",
            Unit.SECONDS,
            tuple(Query(quantile(q, _TIMES), f"p{q * 100:g}") for q in (0.5, 0.95, 0.99)),
        ),
        Chart(
            "Calls a second",
            Unit.PER_SECOND,
            (Query(rate("http_requests_total", "code"), "{{code}}"),),
        ),
        Chart(
            "Lag",
            Unit.SECONDS,
            (Query("max by (group) (aicc_consumer_lag_seconds)", "{{group}}"),),
            objectives.LAG_S,
        ),
        Chart(
            "Service level",
            Unit.RATIO,
            (Query("aicc_service_level", "{{queue}} of {{pool}}"),),
            objectives.SERVICE_LEVEL,
            good_above=True,
        ),
        Chart(
            "Refused before anything was done",
            Unit.PER_SECOND,
            (Query(rate("aicc_admission_rejected_total", "class"), "{{class}}"),),
        ),
        Chart(
            "Machine",
            Unit.RATIO,
            (
                Query("max(aicc_machine_cpu_ratio)", "processor"),
                Query("max(aicc_machine_memory_ratio)", "memory"),
            ),
            objectives.CPU,
        ),
        Chart(
            "Alerts that fire",
            Unit.NUMBER,
            (
                Query(
                    'count by (alertname, severity) (ALERTS{alertstate="firing"})',
                    "{{alertname}} ({{severity}})",
                ),
            ),
        ),
        Chart("Processes that answer", Unit.NUMBER, (Query("sum by (job) (up)", "{{job}}"),)),
    ),
)

GATEWAY = Board(
    "aicc-gateway",
    "Gateway",
    "What is asked for, how long it takes, what is refused.",
    (
        Chart(
            "Calls",
            Unit.PER_SECOND,
            (Query(rate("http_requests_total", "method, route"), "{{method}} {{route}}"),),
        ),
        Chart(
            "Response time, p95 by route",
            Unit.SECONDS,
            (Query(quantile(0.95, _TIMES, "route"), "{{route}}"),),
        ),
        Chart(
            "Failed calls",
            Unit.PER_SECOND,
            (Query(rate("http_requests_total", "route, code", '{code=~"5.."}'), "{{code}} {{route}}"),),
        ),
        Chart(
            "Refused, by reason",
            Unit.PER_SECOND,
            (Query(rate("aicc_admission_rejected_total", "class, reason"), "{{class}}: {{reason}}"),),
        ),
        Chart(
            "Admission",
            Unit.RATIO,
            (Query("max(aicc_admission_level)", "refused"),),
        ),
        Chart(
            "Pressure, 1 is full",
            Unit.NUMBER,
            (Query("max by (signal) (aicc_admission_pressure)", "{{signal}}"),),
            1.0,
        ),
        Chart("Open sockets", Unit.NUMBER, (Query("sum by (kind) (aicc_sockets)", "{{kind}}"),)),
        Chart(
            "Frames",
            Unit.PER_SECOND,
            (
                Query(rate("aicc_gateway_frames_total", "kind"), "to {{kind}}"),
                Query(rate("aicc_gateway_socket_commands_total"), "from sockets"),
            ),
        ),
        Chart(
            "Connections that we ended",
            Unit.PER_SECOND,
            (
                Query(rate("aicc_gateway_closed_connections_total", "why"), "{{why}}"),
                Query(rate("aicc_gateway_slow_sockets_total", "kind"), "slow socket: {{kind}}"),
            ),
        ),
        Chart(
            "Waiting for a verdict", Unit.NUMBER, (Query("sum(aicc_gateway_waiting)", "calls and frames"),)
        ),
        Chart(
            "Event loop late, p99",
            Unit.SECONDS,
            (Query(quantile(0.99, "aicc_loop_lag_seconds", "job"), "{{job}}"),),
        ),
        Chart(
            "Garbage collection, part of the time",
            Unit.RATIO,
            (Query(rate("aicc_gc_pause_seconds_sum", "job"), "{{job}}"),),
        ),
        Chart(
            "Processor",
            Unit.NUMBER,
            (Query(rate("process_cpu_seconds_total", "job"), "{{job}}"),),
            says="Cores.",
        ),
        Chart("Memory", Unit.BYTES, (Query("sum by (job) (process_resident_memory_bytes)", "{{job}}"),)),
        Chart(
            "History's cache",
            Unit.PER_SECOND,
            (Query(rate("aicc_gateway_history_cache_total", "result"), "{{result}}"),),
        ),
        Chart(
            "Webhooks",
            Unit.PER_SECOND,
            (Query(rate("aicc_webhook_tries_total", "state"), "{{state}}"),),
        ),
    ),
)
