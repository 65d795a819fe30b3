"""A load test beside what it does to the platform; `aicc-loadgen run` shows itself on AICC_METRICS_PORT."""

from infra.monitoring import objectives
from infra.monitoring.dashboards.board import Board, Chart, Choice, Query, Unit, quantile, rate

_RUN = '{run=~"$run"}'
RUNS = "max by (run, profile) (aicc_loadgen_run)"

LOAD = Board(
    "aicc-load",
    "Load test",
    "What the generator offers and gets, and what the platform shows of it meanwhile.",
    (
        Chart(
            "Offered and served",
            Unit.PER_SECOND,
            (
                Query(f"aicc_loadgen_offered_per_second{_RUN}", "offered"),
                Query(f"aicc_loadgen_served_per_second{_RUN}", "served"),
                Query(rate("http_requests_total", selector='{code=~"2.."}'), "served, as the gateway counts"),
            ),
        ),
        Chart(
            "Response time",
            Unit.SECONDS,
            (
                Query(f"aicc_loadgen_response_seconds{_RUN}", "generator, p{{percentile}}"),
                Query(quantile(0.95, "http_request_duration_seconds"), "gateway, p95"),
            ),
        ),
        Chart("Users", Unit.NUMBER, (Query(f"aicc_loadgen_users{_RUN}", "{{run}}"),)),
        Chart(
            "Went wrong, of the whole run",
            Unit.NUMBER,
            (Query(f"aicc_loadgen_failures{_RUN}", "{{kind}}"),),
        ),
        Chart(
            "Generator begins late, p99",
            Unit.SECONDS,
            (Query(f"aicc_loadgen_lateness_seconds{_RUN}", "{{run}}"),),
            says="Where it is late, figures say more of the generator than of the platform.",
        ),
        Chart("Generator's processors", Unit.NUMBER, (Query(f"aicc_loadgen_cores{_RUN}", "{{run}}"),)),
        Chart(
            "Lag of the platform",
            Unit.SECONDS,
            (Query("max by (group) (aicc_consumer_lag_seconds)", "{{group}}"),),
            objectives.LAG_S,
        ),
        Chart(
            "Shed by the platform",
            Unit.PER_SECOND,
            (Query(rate("aicc_admission_rejected_total", "class"), "{{class}}"),),
        ),
        Chart(
            "Processor of the platform",
            Unit.RATIO,
            (Query("max(aicc_machine_cpu_ratio)", "machine"),),
            objectives.CPU,
        ),
    ),
    (Choice("run", "aicc_loadgen_run", "run"),),
)
