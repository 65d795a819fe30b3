"""All alerts. Burn rates: Site Reliability Workbook (Google, 2018), chapter 5, multiple windows and rates."""

from collections.abc import Iterator
from typing import Any

from infra.monitoring import objectives
from infra.monitoring.alert import DAY_S, HOUR_S, RUNBOOKS, Alert, Pace, Severity, rule

_BURNS = (
    ("ErrorBudgetBurnsFast", 14.4, HOUR_S, 300.0, Severity.PAGE),
    ("ErrorBudgetBurns", 6.0, 6 * HOUR_S, 1800.0, Severity.PAGE),
    ("ErrorBudgetBurnsSlowly", 1.0, 3 * DAY_S, 6 * HOUR_S, Severity.TICKET),
)
_ON = "group {{ $labels.group }}, {{ $labels.topic }}/{{ $labels.partition }}"
_QUEUE = "queue {{ $labels.queue }} of {{ $labels.pool }}"
_PAGE, _TICKET = Severity.PAGE, Severity.TICKET


def rules(times: float = 1.0, runbooks: str = RUNBOOKS) -> dict[str, Any]:
    """The file of rules. Windows and holds are `times` shorter than in earnest."""
    pace = Pace(times)
    groups = {
        "objectives": _objectives,
        "lag": _lag,
        "contacts": _contacts,
        "processes": _processes,
        "switches": _switches,
    }
    return {
        "groups": [
            {"name": f"aicc-{name}", "rules": [rule(one, pace, runbooks) for one in make(pace)]}
            for name, make in groups.items()
        ]
    }


def names() -> list[str]:
    """Of all alerts."""
    return [one["alert"] for group in rules()["groups"] for one in group["rules"]]


def _objectives(pace: Pace) -> Iterator[Alert]:
    budget = round(1 - objectives.AVAILABILITY, 6)
    for name, times, long_s, short_s, severity in _BURNS:
        limit = f"{times * budget:.6g}"
        yield Alert(
            name,
            severity,
            f"({_errors(pace.window(long_s))}) > {limit} and ({_errors(pace.window(short_s))}) > {limit}",
            0.0,
            f"Errors use up the error budget {times:g} times as fast as they may: "
            "{{ $value | humanizePercentage }} of all calls fail.",
        )
    seconds = pace.window(300)
    yield Alert(
        "ResponsesSlow",
        _PAGE,
        f"sum(rate(http_request_duration_seconds_sum[{seconds}]))"
        f" / sum(rate(http_request_duration_seconds_count[{seconds}])) > {objectives.MEAN_RESPONSE_S:g}",
        300.0,
        "Calls have taken {{ $value | humanizeDuration }} on average, for two periods of five minutes.",
    )
    yield Alert(
        "Shedding",
        _PAGE,
        f"sum by (class) (rate(aicc_admission_rejected_total[{pace.window(300)}])) > 0.1",
        120.0,
        "{{ $value | humanize }} calls a second of class {{ $labels.class }} are refused.",
    )


def _switches(_: Pace) -> Iterator[Alert]:
    yield Alert(
        "SwitchOnLong",
        _TICKET,
        "max by (name) (aicc_switch_on) > 0",
        HOUR_S,
        "The switch {{ $labels.name }} has been on for more than an hour.",
    )


def _errors(window: str) -> str:
    """Failed over answered; what was shed (503) has an alert of its own."""
    failed = f'sum(rate(http_requests_total{{code=~"5..",code!="503"}}[{window}]))'
    return f"{failed} / sum(rate(http_requests_total[{window}]))"


def _lag(pace: Pace) -> Iterator[Alert]:
    yield Alert(
        "LagOverTarget",
        _PAGE,
        f"max by (group) (aicc_consumer_lag_seconds) > {objectives.LAG_S:g}",
        60.0,
        "What group {{ $labels.group }} has not processed is {{ $value | humanizeDuration }} old.",
    )
    yield Alert(
        "LagGrows",
        _PAGE,
        f"aicc_consumer_lag_seconds > {objectives.LAG_S:g} and aicc_consumer_catchup_seconds == Inf",
        300.0,
        f"More comes than is processed by {_ON}.",
    )
    moved = f"delta(aicc_consumer_position_offset[{pace.window(120)}])"
    yield Alert(
        "PartitionStuck",
        _PAGE,
        f"aicc_consumer_lag_seconds > {objectives.LAG_S:g} and {moved} == 0",
        60.0,
        f"Nothing is processed by {_ON}.",
    )
    yield Alert(
        "GroupWithoutMembers",
        _PAGE,
        "aicc_consumer_members == 0",
        60.0,
        "Nobody is a member of group {{ $labels.group }}.",
    )
    yield Alert(
        "RetentionClose",
        _PAGE,
        f"aicc_consumer_lag_seconds > {objectives.RETENTION_S / 2:g}",
        0.0,
        f"What {_ON} has not processed is {{{{ $value | humanizeDuration }}}} old and deleted at 7 d.",
    )
    yield Alert(
        "RecordsLost",
        _PAGE,
        f"increase(aicc_consumer_lost_records_total[{pace.window(HOUR_S)}]) > 0",
        0.0,
        f"{{{{ $value | humanize }}}} records were deleted before they were processed by {_ON}.",
    )
    yield Alert(
        "LagUnknown",
        _PAGE,
        "time() - max(aicc_consumer_lag_timestamp_seconds) > 30"
        " or absent(aicc_consumer_lag_timestamp_seconds)",
        60.0,
        "Nobody measures lag: admission takes less and less.",
    )


def _contacts(pace: Pace) -> Iterator[Alert]:
    yield Alert(
        "OldestWaitLong",
        _PAGE,
        f"aicc_oldest_contact_wait_seconds > {objectives.OLDEST_WAIT_S:g}",
        60.0,
        f"Somebody has waited for {{{{ $value | humanizeDuration }}}} in {_QUEUE}.",
    )
    yield Alert(
        "ServiceLevelLow",
        _TICKET,
        f"aicc_service_level < {objectives.SERVICE_LEVEL:g}",
        600.0,
        f"Only {{{{ $value | humanizePercentage }}}} were answered in time in {_QUEUE}.",
    )
    yield Alert(
        "DeadLetters",
        _TICKET,
        f"sum by (topic) (increase(aicc_dlq_records_total[{pace.window(600)}])) > 0",
        0.0,
        "{{ $value | humanize }} records of {{ $labels.topic }} could not be processed.",
    )


def _processes(pace: Pace) -> Iterator[Alert]:
    yield Alert(
        "ProcessDown",
        _PAGE,
        'up{job!="loadgen"} == 0',
        60.0,
        "{{ $labels.job }} at {{ $labels.instance }} does not answer.",
    )
    yield Alert(
        "CheckpointOld",
        _PAGE,
        f"max by (app) (aicc_checkpoint_age_seconds) > {objectives.CHECKPOINT_AGE_S:g}",
        30.0,
        "A restart of {{ $labels.app }} repeats {{ $value | humanizeDuration }}: so old is its checkpoint.",
    )
    yield Alert(
        "DefaultPartitionFilled",
        _TICKET,
        "aicc_default_partition_rows > 0",
        600.0,
        "{{ $value | humanize }} rows of {{ $labels.table }} have no month.",
    )
    yield Alert(
        "DatabasePoolSmall",
        _TICKET,
        "histogram_quantile(0.95, sum by (le, job) "
        f"(rate(aicc_database_wait_seconds_bucket[{pace.window(300)}]))) > 0.25",
        300.0,
        "{{ $labels.job }} waits {{ $value | humanizeDuration }} for a connection to Postgres (p95).",
    )
    for name, metric, limit in (
        ("MemoryHigh", "aicc_machine_memory_ratio", objectives.MEMORY),
        ("CpuHigh", "aicc_machine_cpu_ratio", objectives.CPU),
    ):
        yield Alert(
            name,
            _TICKET,
            f"avg_over_time({metric}[{pace.window(300)}]) > {limit:g}",
            300.0,
            "{{ $value | humanizePercentage }} are used.",
        )
    yield Alert(
        "CertificateEnds",
        _TICKET,
        f"aicc_certificate_end_timestamp_seconds - time() < {14 * DAY_S:g}",
        HOUR_S,
        "{{ $labels.file }} is valid for {{ $value | humanizeDuration }} more.",
    )
