"""Settings from an environment: local servers by their ports, and what is refused, with which words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from infra import settings as run_settings
from infra.paths import CHECKOUT
from loadgen.settings import LoadSettings
from runtime.settings import Settings, SettingsError, parse_settings, read_settings
from streams.harness.run import StreamSettings
from workers.settings import WorkerSettings

KINDS = (Settings, GatewaySettings, StreamSettings, WorkerSettings, LoadSettings)
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("kind", KINDS)
def test_ports_of_local_servers_move_the_addresses(kind: type[Settings]) -> None:
    ports = {"AICC_KAFKA_PORT": "21", "AICC_POSTGRES_PORT": "22", "AICC_REDIS_PORT": "23"}
    found = read_settings(kind, ports)
    assert found.kafka_bootstrap == "127.0.0.1:21"
    assert found.database_url == "postgresql://aicc@127.0.0.1:22/aicc"
    assert found.redis_url == "redis://127.0.0.1:23/0"


@pytest.mark.parametrize("kind", KINDS)
def test_a_named_server_wins_over_a_port(kind: type[Settings]) -> None:
    found = read_settings(kind, {"AICC_KAFKA_PORT": "21", "KAFKA_BOOTSTRAP": "[::1]:9092,kafka"})
    assert found.kafka_bootstrap == "[::1]:9092,kafka"


def test_a_relative_directory_counts_from_the_checkout() -> None:
    assert read_settings(LoadSettings, {"AICC_VAR": "var/other"}).var == CHECKOUT / "var" / "other"


def test_aicc_run_starts_a_server_of_its_own_where_none_is_named() -> None:
    chosen = run_settings.read({"AICC_REDIS_PORT": "23", "KAFKA_BOOTSTRAP": "kafka:9092"})
    parts = {part.name: part.address for part in run_settings.local_parts(chosen)}
    assert parts.keys() == {"postgres", "redis"}
    assert parts["redis"] == "redis://127.0.0.1:23/0"


REFUSED = [
    ("AICC_GATEWAY_PORT", "abc", "a port, 1 to 65535"),
    ("AICC_GATEWAY_PORT", "70000", "a port, 1 to 65535"),
    ("AICC_GATEWAY_PORT", "0", "a port, 1 to 65535"),
    ("AICC_METRICS_PORT", "-1", "a port, 0 to 65535"),
    ("AICC_CONNECT_WAIT_S", "soon", "a number"),
    ("AICC_MAX_IN_FLIGHT", "1.5", "a whole number"),
    ("AICC_BENCH", "maybe", "true or false"),
    ("AICC_LOG_LEVEL", "loud", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ("KAFKA_BOOTSTRAP", "127.0.0.1:abc", "host:port, several apart by commas"),
    ("DATABASE_URL", "aicc", "of the form postgresql://user@host:port/database"),
    ("REDIS_URL", "6380", "of the form redis://host:port/0"),
]


@pytest.mark.parametrize(("name", "value", "expected"), REFUSED)
def test_a_bad_value_is_refused_with_what_is_expected(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(GatewaySettings, {name: value})
    assert str(refused.value) == f"{name} is {value!r}, but must be {expected}."


def test_the_ports_after_the_base_of_metrics_exist() -> None:
    with pytest.raises(SettingsError, match="AICC_METRICS_BASE_PORT is '65530'"):
        parse_settings(run_settings.RunSettings, {"AICC_METRICS_BASE_PORT": "65530"})


COMMANDS = (
    *(
        ["gateway"],
        ["conversations"],
        ["routing"],
        ["persister"],
        ["notifier"],
        ["prober"],
        ["webhooks"],
        ["responder"],
    ),
    *(["run"], ["setup"], ["config", "apply", "infra/demo.yaml"], ["token", "agent", "--agent", "agent-1"]),
    *(["demo", "drive"], ["demo", "agents"]),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_ends_with_2_and_one_sentence(command: list[str]) -> None:
    ran = subprocess.run(
        [BIN / f"aicc-{command[0]}", *command[1:]],
        env=os.environ | {"AICC_KAFKA_PORT": "abc"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr == "AICC_KAFKA_PORT is 'abc', but must be a port, 1 to 65535.\n"
