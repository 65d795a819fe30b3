"""kubectl renders the overlays, the API's schemas take what comes of it, and it says what the platform is."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from infra.monitoring.command import main as monitoring
from runtime import metrics
from schemas.topics import PARTITIONS
from tests.infra.deploy.manifests import (
    DEPLOY,
    SECRETS,
    SETTINGS,
    Object,
    env_file,
    known,
    programs,
    rendered,
)
from tests.infra.monitoring.test_rules import promtool
from workers.prober.probe import stages

VERSION = "1.33"
FILES = DEPLOY / "kubernetes" / "components" / "monitoring" / "files"


class Rendered(NamedTuple):
    """Of an overlay. `workloads` by name: whatever makes pods."""

    name: str
    objects: list[Object]

    def of(self, kind: str) -> dict[str, Object]:
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] == kind}

    @property
    def workloads(self) -> dict[str, Object]:
        return self.of("StatefulSet") | self.of("Deployment") | self.of("Job")


@pytest.fixture(scope="module", params=["small", "production"])
def overlay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return Rendered(request.param, rendered(request.param, tmp_path_factory.mktemp(request.param)))


def pod(workload: Object) -> Object:
    found: Object = workload["spec"]["template"]["spec"]
    return found


def container(workload: Object) -> Object:
    (only,) = pod(workload)["containers"]
    assert isinstance(only, dict)
    return only


def told(overlay: Rendered, workload: Object) -> dict[str, Any]:
    """The variables of its container, with what they come from."""
    maps = overlay.of("ConfigMap")
    shared: dict[str, Any] = {}
    for source in container(workload).get("envFrom", []):
        shared |= maps[source["configMapRef"]["name"]]["data"]
    return shared | {
        one["name"]: one.get("value", one.get("valueFrom")) for one in container(workload).get("env", [])
    }


def test_the_schemas_of_kubernetes_take_it(overlay: Rendered) -> None:
    for one in overlay.objects:
        if one["kind"] != "ScaledObject":
            kubernetes_validate.validate(one, VERSION, strict=True)


def test_the_schemas_refuse_what_is_wrong(overlay: Rendered) -> None:
    wrong = overlay.of("StatefulSet")["routing"] | {"spec": {"replicas": "two"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_every_service_runs_at_its_own_port_under_a_stable_name(overlay: Rendered) -> None:
    for name, program in programs().items():
        workload = overlay.workloads[name]
        assert container(workload)["args"] == [f"aicc-{name}"]
        assert told(overlay, workload)["AICC_INSTANCE"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        (port,) = container(workload)["ports"]
        assert port["containerPort"] in {one.number for one in program.ports}
        variables = told(overlay, workload)
        shown = variables.get("AICC_METRICS_PORT") or variables["AICC_GATEWAY_PORT"]
        assert shown == str(port["containerPort"])
        assert workload["kind"] == ("Deployment" if name == "gateway" else "StatefulSet")
    stores = {
        name for name, one in overlay.of("StatefulSet").items() if one["spec"].get("volumeClaimTemplates")
    }
    assert {"conversations", "routing"} <= stores


def test_the_job_makes_topics_and_tables(overlay: Rendered) -> None:
    setup = overlay.of("Job")["setup"]
    assert container(setup)["args"] == ["aicc-setup", "--no-config"]
    assert told(overlay, setup).keys() >= {"KAFKA_BOOTSTRAP", "DATABASE_URL"}


def test_every_variable_is_one_that_somebody_reads(overlay: Rendered) -> None:
    every = set().union(*(known(name) for name in SETTINGS))
    for name in (*programs(), "setup"):
        workload = overlay.workloads[name]
        own = {one["name"] for one in container(workload).get("env", [])}
        assert own - known(name) - {"AICC_ERASURE_KEY"} == set(), name
        assert set(told(overlay, workload)) <= every


def test_every_secret_is_in_the_example(overlay: Rendered) -> None:
    text = yaml.safe_dump_all(one for one in overlay.objects if one["kind"] != "Secret")
    assert set(re.findall(r"\{key: (\S+), name: aicc\}", _flat(text))) <= env_file(SECRETS).keys()
    asked = {
        one["valueFrom"]["secretKeyRef"]["key"]
        for workload in overlay.workloads.values()
        for one in container(workload).get("env", [])
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert len(asked) > 8
    assert asked <= env_file(SECRETS).keys()


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_pods_are_restricted(overlay: Rendered) -> None:
    for workload in overlay.workloads.values():
        spec, main = pod(workload), container(workload)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 472
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert main["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert main["resources"]["limits"]["memory"]
        assert main["resources"]["requests"].keys() == {"cpu", "memory"}
        mounted = {one["name"] for one in main["volumeMounts"]}
        claimed = {one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", [])}
        assert mounted == {one["name"] for one in spec.get("volumes", [])} | claimed
    (namespace,) = overlay.of("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_probes_mean_progress(overlay: Rendered) -> None:
    for name in programs():
        main = container(overlay.workloads[name])
        ready, live = ("/health/ready", "/health/live") if name == "gateway" else ("/ready", "/live")
        assert main["readinessProbe"]["httpGet"]["path"] == ready
        assert main["livenessProbe"]["httpGet"]["path"] == live
        assert main["startupProbe"]["httpGet"]["path"] == live
        ports = {one["name"] for one in main["ports"]}
        assert {main[probe]["httpGet"]["port"] for probe in main if probe.endswith("Probe")} <= ports


def test_one_pod_of_each_may_be_moved(overlay: Rendered) -> None:
    budgets = overlay.of("PodDisruptionBudget")
    assert budgets.keys() == programs().keys() - {"prober"}
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert matches(budget["spec"]["selector"], overlay.workloads[name])


def matches(selector: Mapping[str, Any], workload: Object) -> bool:
    labels = workload["spec"]["template"]["metadata"]["labels"]
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def _egress(overlay: Rendered, name: str) -> Iterator[Object]:
    for policy in overlay.of("NetworkPolicy").values():
        if matches(policy["spec"]["podSelector"], overlay.workloads[name]):
            yield from policy["spec"].get("egress", [])


def test_nothing_may_be_reached_but_what_is_needed(overlay: Rendered) -> None:
    closed = overlay.of("NetworkPolicy")["nothing-else"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    needs = {"DATABASE_URL": 5432, "REDIS_URL": 6379, "KAFKA_BOOTSTRAP": 9092}
    for name in (*programs(), "setup"):
        open_ports = {port["port"] for rule in _egress(overlay, name) for port in rule.get("ports", [])}
        variables = told(overlay, overlay.workloads[name])
        wanted = {port for variable, port in needs.items() if variable in variables}
        assert open_ports & set(needs.values()) == wanted, name


def test_managed_servers_are_reached_in_their_network_only(overlay: Rendered) -> None:
    for part in ("kafka", "postgres", "redis"):
        rule = overlay.of("NetworkPolicy")[f"to-{part}"]["spec"]["egress"][0]
        assert ("to" in rule) == (overlay.name == "production")


def test_lag_scales_who_can_be_scaled(overlay: Rendered) -> None:
    scaled = overlay.of("ScaledObject")
    if overlay.name == "small":
        assert scaled == {}
        return
    assert scaled.keys() == programs().keys() - {"prober"}
    groups = {stage.group for stage in stages("")}
    (lag,) = (
        one for one in vars(metrics).values() if getattr(one, "_name", "") == "aicc_consumer_lag_seconds"
    )
    assert "group" in lag._labelnames
    for name, one in scaled.items():
        spec = one["spec"]
        target = overlay.workloads[spec["scaleTargetRef"]["name"]]
        assert (target["metadata"]["name"], target["kind"]) == (name, spec["scaleTargetRef"]["kind"])
        assert "replicas" not in target["spec"]
        assert 2 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
        (trigger,) = spec["triggers"]
        if name == "gateway":
            assert container(target)["resources"]["requests"]["cpu"]
            continue
        assert spec["maxReplicaCount"] <= PARTITIONS
        found = re.search(r'aicc_consumer_lag_seconds\{group="([\w-]+)"\}', trigger["metadata"]["query"])
        assert found
        assert found[1] in groups
        assert found[1].endswith(name)
        assert "prometheus" in overlay.of("Service")
    assert overlay.workloads["prober"]["spec"]["replicas"] == 1


def test_grafana_and_prometheus_have_what_they_draw_and_tell(overlay: Rendered) -> None:
    maps = overlay.of("ConfigMap")
    volumes = {one["name"]: one for one in pod(overlay.workloads["grafana"])["volumes"]}
    boards = maps[volumes["dashboards"]["configMap"]["name"]]["data"]
    drawn = DEPLOY.parent / "monitoring" / "grafana"
    assert boards == {file.name: file.read_text() for file in drawn.glob("*.json")}
    mounts = {one["mountPath"] for one in container(overlay.workloads["grafana"])["volumeMounts"]}
    provider = maps[volumes["provider"]["configMap"]["name"]]["data"]["aicc.yaml"]
    assert yaml.safe_load(provider)["providers"][0]["options"]["path"] in mounts
    for name in ("prometheus", "alertmanager"):
        config = pod(overlay.workloads[name])["volumes"][0]["configMap"]["name"]
        assert f"{name}.yaml" in maps[config]["data"]


def test_rules_and_ways_are_those_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for severity in ("PAGE", "TICKET"):
        monkeypatch.setenv(f"AICC_ALERT_{severity}", "http://gateway/ops/alerts")
    monkeypatch.setenv("AICC_ALERT_WEBHOOK_TOKEN_FILE", "/etc/alertmanager/secret/alerts-token")
    for name in ("rules", "alertmanager"):
        assert (FILES / f"{name}.yaml").read_text() == CliRunner().invoke(monitoring, [name]).output


def test_prometheus_takes_its_file(tmp_path: Path) -> None:
    """Debian's promtool knows no Kubernetes, so that part stands aside."""
    told = yaml.safe_load((FILES / "prometheus.yaml").read_text())
    (job,) = told["scrape_configs"]
    assert job.pop("kubernetes_sd_configs")[0]["namespaces"] == {"own_namespace": True}
    job["static_configs"] = [{"targets": ["gateway:8080"]}]
    shutil.copy(FILES / "rules.yaml", tmp_path)
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(told))
    promtool("check", "config", str(tmp_path / "prometheus.yaml"))
