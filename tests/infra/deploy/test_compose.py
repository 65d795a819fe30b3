"""docker-compose takes the files, and they say what the platform is."""

import re
from pathlib import Path

import pytest
import yaml

from infra.monitoring.command import main as monitoring
from tests.infra.deploy.manifests import (
    COMPOSE,
    ONE_BROKER,
    SETTINGS,
    THREE_BROKERS,
    Object,
    composed,
    env_file,
    known,
    programs,
)

_PROFILES = pytest.mark.parametrize("files", [ONE_BROKER, THREE_BROKERS], ids=["one", "three"])


def services(files: tuple[Path, ...]) -> dict[str, Object]:
    found: dict[str, Object] = composed(files)["services"]
    return found


@_PROFILES
def test_every_service_runs_at_its_own_port(files: tuple[Path, ...]) -> None:
    for name, program in programs().items():
        service = services(files)[name]
        assert service["command"] == [f"aicc-{name}"]
        told = service["environment"]
        assert told["AICC_INSTANCE"] == program.env["AICC_INSTANCE"]
        shown = told.get("AICC_GATEWAY_PORT") or told["AICC_METRICS_PORT"]
        assert int(shown) in {port.number for port in program.ports}


@_PROFILES
def test_every_variable_is_one_that_the_service_reads(files: tuple[Path, ...]) -> None:
    shared = {"AICC_ERASURE_KEY", "AICC_ATTACHMENTS_URL", "AICC_PROFILE", "AICC_ALERTS_TOKEN"}
    for name in SETTINGS:
        told = set(services(files)[name]["environment"])
        assert told - known(name) - shared == set(), name
    assert shared <= set().union(*(known(name) for name in SETTINGS))


@_PROFILES
def test_ours_runs_with_no_rights(files: tuple[Path, ...]) -> None:
    for name in SETTINGS:
        service = services(files)[name]
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


@_PROFILES
def test_services_wait_for_the_topics_and_the_servers(files: tuple[Path, ...]) -> None:
    assert services(files)["setup"]["command"] == ["aicc-setup"]
    for name in programs():
        waits = services(files)[name]["depends_on"]
        assert waits["setup"]["condition"] == "service_completed_successfully"
        assert {waits[part]["condition"] for part in ("kafka", "postgres", "redis")} == {"service_healthy"}
    brokers = {name for name in services(files) if name.startswith("kafka")}
    assert brokers <= services(files)["setup"]["depends_on"].keys()


@_PROFILES
def test_who_is_waited_for_says_whether_it_is_well(files: tuple[Path, ...]) -> None:
    waits = (one for service in services(files).values() for one in (service.get("depends_on") or {}).items())
    for name, wait in waits:
        if wait["condition"] == "service_healthy":
            assert services(files)[name]["healthcheck"]["test"][0] == "CMD"


def test_three_brokers_are_one_cluster_that_survives_one() -> None:
    brokers = {name: one["environment"] for name, one in services(THREE_BROKERS).items() if "kafka" in name}
    assert len(brokers) == 3
    assert {one["KAFKA_NODE_ID"] for one in brokers.values()} == {"1", "2", "3"}
    voters = ",".join(f"{one['KAFKA_NODE_ID']}@{name}:9093" for name, one in sorted(brokers.items()))
    for name, one in brokers.items():
        assert one["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert one["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
        assert (one["KAFKA_MIN_INSYNC_REPLICAS"], one["KAFKA_DEFAULT_REPLICATION_FACTOR"]) == ("2", "3")
    single = services(ONE_BROKER)["kafka"]["environment"]
    assert single.keys() == brokers["kafka"].keys()
    bootstrap = ",".join(f"{name}:9092" for name in sorted(brokers))
    assert {services(THREE_BROKERS)[name]["environment"]["KAFKA_BOOTSTRAP"] for name in programs()} == {
        bootstrap
    }


def test_the_example_has_every_secret() -> None:
    asked = re.findall(r"\$\{(\w+):\?\}", "".join(file.read_text() for file in THREE_BROKERS))
    assert set(asked) == env_file(COMPOSE / "env.example").keys()


def test_ports_are_published_on_this_machine_only() -> None:
    raw = yaml.safe_load(ONE_BROKER[0].read_text())["services"]
    published = {name: service["ports"] for name, service in raw.items() if "ports" in service}
    assert published.keys() == {"gateway", "prometheus", "alertmanager", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_grafana_is_provisioned() -> None:
    grafana = yaml.safe_load(ONE_BROKER[0].read_text())["services"]["grafana"]
    mounted = {words[1]: COMPOSE / words[0] for words in (one.split(":") for one in grafana["volumes"])}
    assert sorted(path.name for path in mounted["/var/lib/grafana/dashboards/aicc"].glob("*.json"))
    provisioning = mounted["/etc/grafana/provisioning"]
    source = yaml.safe_load((provisioning / "datasources/aicc.yaml").read_text())["datasources"][0]["url"]
    assert source.strip("${}") in grafana["environment"]
    provider = yaml.safe_load((provisioning / "dashboards/aicc.yaml").read_text())["providers"][0]
    assert provider["options"]["path"] in mounted


def test_prometheus_is_told_every_service_where_it_is() -> None:
    script = services(ONE_BROKER)["monitoring-files"]["command"][-1]
    targets = dict(re.findall(r"--target ([\w-]+)=(\S+)", script))
    assert targets.keys() == programs().keys()
    for name, address in targets.items():
        host, port = address.split(":")
        told = services(ONE_BROKER)[host]["environment"]
        assert host == name
        assert port == (told.get("AICC_METRICS_PORT") or told["AICC_GATEWAY_PORT"])
    called = {words.split()[1] for words in script.splitlines() if words.startswith("aicc-monitoring")}
    assert called <= monitoring.commands.keys()
