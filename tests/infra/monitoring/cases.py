"""For each alert series that make it fire, and series that don't, in promtool's notation."""

from typing import NamedTuple

NEVER = " ".join(["Inf"] * 30)
_CALLS = 'http_requests_total{job="gateway",instance="a",route="/chat/start",code="%s"}'
_LAG = '{group="persister",topic="events",partition="3"}'


class Case(NamedTuple):
    """`fires` and `quiet` are series by name, a sample every `step_m` minutes, looked at after `at_m`."""

    fires: dict[str, str]
    quiet: dict[str, str]
    at_m: int
    step_m: int = 1


def calls(good: float, bad: float, minutes: int, code: str = "500") -> dict[str, str]:
    """Counters that grow by so much from sample to sample."""
    return {_CALLS % "200": f"0+{good}x{minutes}", _CALLS % code: f"0+{bad}x{minutes}"}


def level(name: str, fires: float, quiet: float, minutes: int, at_m: int) -> Case:
    """A gauge that stands at a value."""
    return Case({name: f"{fires}x{minutes}"}, {name: f"{quiet}x{minutes}"}, at_m)


def _spent(seconds: float) -> dict[str, str]:
    """A hundred calls a minute that take so long each."""
    labels = '{job="gateway",instance="a",route="/chat/start"}'
    return {
        f"http_request_duration_seconds_sum{labels}": f"0+{100 * seconds}x30",
        f"http_request_duration_seconds_count{labels}": "0+100x30",
    }


def _lag(
    seconds: str, catchup: str = "5x30", offset: str = "0+10x30", records: str = "50x30"
) -> dict[str, str]:
    return {
        f"aicc_consumer_lag_seconds{_LAG}": seconds,
        f"aicc_consumer_lag_records{_LAG}": records,
        f"aicc_consumer_catchup_seconds{_LAG}": catchup,
        f"aicc_consumer_position_offset{_LAG}": offset,
    }


def _waits(within: float) -> dict[str, str]:
    """Connections waited for: a hundred a minute, so many of them for at most 0.25 s."""
    name = 'aicc_database_wait_seconds_bucket{job="gateway",le="%s"}'
    return {name % "0.25": f"0+{within}x30", name % "0.5": "0+100x30", name % "+Inf": "0+100x30"}


CASES = {
    "SwitchOnLong": Case(
        {'aicc_switch_on{name="drain",instance="a"}': "1x90"},
        {'aicc_switch_on{name="drain",instance="a"}': "1x50 0x40"},
        80,
    ),
    "ErrorBudgetBurnsFast": Case(calls(98, 2, 70), calls(99, 1, 70), 65),
    "ErrorBudgetBurns": Case(calls(99.2, 0.8, 400), calls(99.5, 0.5, 400), 390),
    "ErrorBudgetBurnsSlowly": Case(
        calls(998, 2, 200), calls(998, 2, 200, "503") | calls(999.5, 0.5, 200), 75 * 60, step_m=30
    ),
    "ResponsesSlow": Case(_spent(2.5), _spent(1.9), 20),
    "Shedding": Case(
        {'aicc_admission_rejected_total{class="new_chat",reason="overload"}': "0+60x30"},
        {'aicc_admission_rejected_total{class="new_chat",reason="overload"}': "40x30"},
        20,
    ),
    "LagOverTarget": Case(_lag("4x30"), _lag("2x30"), 10),
    "LagGrows": Case(_lag("4+1x30", NEVER), _lag("40-1x30", "20x30"), 20),
    "PartitionStuck": Case(_lag("4+60x30", NEVER, "7x30"), _lag("4x30"), 20),
    "GroupWithoutMembers": level('aicc_consumer_members{group="persister"}', 0, 2, 30, 10),
    "RetentionClose": Case(_lag("302500x30"), _lag("302000x30"), 10),
    "RecordsLost": Case(
        {f"aicc_consumer_lost_records_total{_LAG}": "0x5 7x30"},
        {f"aicc_consumer_lost_records_total{_LAG}": "7x90"},
        20,
    ),
    "LagUnknown": Case(
        {"aicc_consumer_lag_timestamp_seconds": "0x60"},
        {"aicc_consumer_lag_timestamp_seconds": "0+60x60"},
        20,
    ),
    "OldestWaitLong": level('aicc_oldest_contact_wait_seconds{pool="p",queue="q"}', 121, 119, 30, 10),
    "ServiceLevelLow": level('aicc_service_level{pool="p",queue="q"}', 0.79, 0.8, 30, 20),
    "DeadLetters": Case(
        {'aicc_dlq_records_total{topic="events.dlq",reason="persister"}': "0x5 1x30"},
        {'aicc_dlq_records_total{topic="events.dlq",reason="persister"}': "1x40"},
        12,
    ),
    "ProcessDown": level('up{job="persister",instance="a"}', 0, 1, 30, 10),
    "CheckpointOld": level('aicc_checkpoint_age_seconds{app="routing",partition="1"}', 31, 30, 30, 10),
    "DefaultPartitionFilled": level('aicc_default_partition_rows{table="consultations"}', 1, 0, 30, 20),
    "DatabasePoolSmall": Case(_waits(50), _waits(99), 20),
    "MemoryHigh": level("aicc_machine_memory_ratio", 0.71, 0.69, 30, 20),
    "CpuHigh": level("aicc_machine_cpu_ratio", 0.81, 0.79, 30, 20),
    "CertificateEnds": level(
        'aicc_certificate_end_timestamp_seconds{file="broker.pem"}', 14 * 86_400, 15 * 86_400, 120, 90
    ),
}
