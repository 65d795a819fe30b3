"""Plans are read, or refused with the path of each error."""

from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from loadgen.sweep.plan import Kind, Source
from loadgen.sweep.reading import PlanError, built_in, load, read
from runtime.settings import parse_settings, variable
from tests.loadgen.sweep.plans import plan_in, profile_in

SLOW = {"AICC_SLOW_DATABASE_URL": "postgresql://aicc@127.0.0.1:1/aicc"}
BAD = """
profile: normal
surprise: 1
runs: some
target:
  url: http://127.0.0.1:${NO_SUCH_PORT}
  start: [thing]
  environment: {A: "${NOR_THIS}"}
metrics:
  - p96
  - {metric: response_time, figure: p(101)}
  - {metric: response_tame, figure: avg}
  - {metric: errors, prometheus: x, figure: rate}
  - {metric: tps, figure: rate, better: more}
settings:
  - {variable: A, values: [1]}
  - {variable: B, override: stages, values: [1, 2]}
  - {instances: [1, none]}
  - {override: stages, values: ["1m:5", nonsense]}
  - {variable: C, valves: [1, 2], values: [1, 2]}
  - {variable: C, values: [3, 4]}
  - 7
"""
SAID = {
    "surprise: unknown key",
    "runs: must be a number",
    "target.url: the environment has no NO_SUCH_PORT",
    "target.ready: must be there",
    "target.environment.A: the environment has no NOR_THIS",
    "metrics[0]: unknown metric 'p96'",
    "metrics[1].figure: unknown figure 'p(101)'",
    "metrics[2].metric: response_tame: there is no metric",
    "metrics[3]: must have either metric or prometheus",
    "metrics[4].better: unknown direction 'more'",
    "settings[0].values: must be two or more",
    "settings[1]: must have one of variable, override, instances, not variable and override",
    "settings[2].instances: must be whole numbers",
    "settings[3].values[1]: stages",
    "settings[4].valves: unknown key",
    "settings[6]: must be a mapping",
    "settings: C stands there twice",
}


def test_a_plan_is_read(tmp_path: Path) -> None:
    plan = load(str(plan_in(tmp_path)), (), {"SMALL_PORT": "8111"})
    assert plan.target.url == "http://127.0.0.1:8111"
    assert plan.target.start[0] == "python"
    assert [one.name for one in plan.metrics] == ["p95", "ok/s", "errors", "small_held_seconds"]
    assert [one.key for one in plan.settings] == ["SMALL_DELAY_MS", "SMALL_OTHER", "start"]
    assert plan.metrics[3].source is Source.PROMETHEUS
    assert plan.runs == 5


def test_each_error_is_said_by_its_path() -> None:
    with pytest.raises(PlanError) as refused:
        read(BAD, "bad", (), {})
    told = refused.value.errors
    assert {said for said in SAID if not any(one.startswith(said) for one in told)} == set(), told
    assert len(told) == len(SAID), told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "the plan: must be a mapping"),
        ("a: [", "x: is no YAML"),
        (
            "{profile: normal, metrics: [p95], settings: [{override: start, values: [1, 2]}]}",
            "target: must be",
        ),
        ("{profile: none, target: {url: 'http://a:1'}, metrics: [p95]}", "settings: there is none"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, said: str) -> None:
    with pytest.raises(PlanError) as refused:
        read(text, "x", (), {})
    assert any(one.startswith(said) for one in refused.value.errors), refused.value.errors


def test_without_a_start_only_the_load_can_be_varied(tmp_path: Path) -> None:
    text = f"""
profile: {profile_in(tmp_path)}
target: {{url: "http://127.0.0.1:1"}}
metrics: [p95]
settings: [{{variable: A, values: [1, 2]}}, {{override: start, values: [10, 20]}}]
"""
    with pytest.raises(PlanError, match=r"settings\[0\]\.variable: nothing is started"):
        read(text, "x", (), {})


@pytest.mark.parametrize("name", list(built_in()))
def test_built_in_plans_vary_what_gateways_know_from_its_default_on(name: str) -> None:
    plan = load(name, (), SLOW)
    usual = GatewaySettings()
    fields = {variable(field): field for field in GatewaySettings.__struct_fields__}
    for setting in plan.settings:
        if setting.kind is not Kind.VARIABLE:
            continue
        for value in setting.values:
            parse_settings(GatewaySettings, {setting.key: value})
        default = getattr(usual, fields[setting.key])
        assert float(setting.values[0]) == float(default), setting.key
    assert {key for key in plan.target.environment if key not in fields} == {"AICC_STACK"}
