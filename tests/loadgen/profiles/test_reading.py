"""Profiles as they are written, and the sentences for what is wrong in them."""

import json
import re
from pathlib import Path

import pytest

from loadgen.profiles import ProfileError, built_in, load, read
from loadgen.profiles.model import Mode, Stage
from loadgen.profiles.steps import PLATFORM
from loadgen.profiles.units import duration_of, seconds_of, written
from loadgen.times import Duration

SHORT = "stages: 1m:10\nmode: ramping-vus\nsteps:\n  - get: /x\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1m30s", 90),
        ("500ms", 0.5),
        ("12h", 43_200),
        ("2", 2),
        ("0.25", 0.25),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
    assert seconds_of(written(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "-5s", "5 m", "m5", "5x", "1m 30s", "1m30"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written as 1m30s"):
        seconds_of(text)


def test_distributions() -> None:
    assert duration_of("lognormal:30s:0.7") == Duration("lognormal", 30, 0.7)
    assert duration_of("uniform:500ms:1m") == Duration("uniform", 0.5, 60)
    assert duration_of("1m30s") == Duration("fixed", 90)


def test_stages_as_k6_has_them() -> None:
    listed = "[{duration: 5m, target: 100}, {duration: 1m30s, target: 0, name: out}]"
    text = SHORT.replace("1m:10", "5m:100, 1m30s:0")
    assert read(text, "x").stages == (Stage(300, 100), Stage(90, 0))
    assert read(SHORT.replace("1m:10", listed), "x").stages == (Stage(300, 100), Stage(90, 0, "out"))
    k6 = json.dumps({"stages": [{"duration": "30s", "target": 5}], "steps": [{"get": "/"}]})
    assert read(k6, "x").stages == (Stage(30, 5),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1", "the profile: must be a mapping"),
        ("stages: [", "is no YAML"),
        ("stage: 1m:1", "unknown key 'stage', allowed: agents, .*did you mean stages?"),
        ("steps: [start]", "stages: must be there"),
        ("stages: 1m:5", "steps: must be there"),
        (SHORT + "mode: open", "mode: unknown mode 'open', allowed: contacts, ramping-arrival-rate"),
        (SHORT.replace("1m:10", "5x:10"), "stages: '5x': a duration is written as"),
        (SHORT.replace("1m:10", "5m"), "stages: '5m' has no target"),
        (SHORT.replace("1m:10", "5m:-1"), "stages: must be a number of 0 or more, not '-1'"),
        (SHORT.replace("1m:10", "5m:0"), "nothing would ever begin"),
        (SHORT.replace("1m:10", "[{duration: 5m}]"), r"stages\[0\]: has no target"),
        (SHORT.replace("1m:10", "[{duration: 5m, traget: 1}]"), r"stages\[0\].traget: .*mean target"),
        (SHORT.replace("get: /x", "strt"), r"steps\[0\]: unknown step 'strt'.*mean start"),
        (SHORT.replace("get: /x", "get: x"), r"steps\[0\].get.path: must begin with /"),
        (SHORT.replace("get: /x", "{get: /x, post: /y}"), "get and post are two steps"),
        (SHORT.replace("get: /x", "start: {thnk: 1s}"), r"steps\[0\].start.thnk: unknown key .*mean think"),
        (SHORT.replace("get: /x", "connect"), r"\$\{session\} is saved by no step before it"),
        (SHORT.replace("get: /x", "start: {fields: {que: x}}"), "fields.que: unknown key"),
        (SHORT + "    think: soon\n", r"steps\[0\].get.think: 'soon'"),
        (SHORT + "    json: {a: 1}\n    form: {a: 1}\n", "json and form are two bodies"),
        (SHORT + "    expect: {status: ok}\n", "expect.status: must be a status like 200"),
        (SHORT + "    expect: {json: 3}\n", "expect.json: must be a mapping"),
        (SHORT + "thresholds: {http_reqs: fast}", r"thresholds.http_reqs\[0\]: 'fast': an expression"),
        (SHORT + "agents: {leave: 2}", "agents.leave: is a part of the agents"),
        (SHORT + "agents: {seats: 2.5}", "agents.seats: must be a whole number"),
        (SHORT + "retry: {after: 1s}", "retry.times: must be 1 or more"),
        (SHORT + "speed: 0", "speed: must be above 0"),
        (SHORT + "file: a.ndjson", "file: is for mode replay"),
        ("mode: replay\nsteps: [start]", "file: mode replay needs the file"),
        (SHORT.replace("ramping-vus", "ramping-arrival-rate") + "agents: {}", "agents: are for modes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    if text.count("mode:") > 1:
        text = text.replace("mode: ramping-vus\n", "")
    with pytest.raises(ProfileError, match=said):
        read(text, "x")


def test_any_http_service() -> None:
    step = read(
        """
        stages: 1m:10
        mode: ramping-arrival-rate
        steps:
          - post: /login
            form: {user: "u ${vu}", a: "&"}
            save: {key: access}
            needed: true
          - get:
              path: /orders?of=${vu}
              name: orders
              headers: {Authorization: "Bearer ${key}"}
              expect: {status: [200, 204], contains: items, present: next, json: {ok: true}}
              times: 1.5
              think: uniform:1s:2s
          - put: /orders/${uuid}
            json: {at: "${now_ms}"}
        """,
        "x",
    ).steps
    assert (step[0].method, step[0].body) == ("POST", "user=u+${vu}&a=%26")
    assert step[0].needed
    assert step[0].content_type == "application/x-www-form-urlencoded"
    assert (step[1].name, step[1].headers) == ("orders", (("Authorization", "Bearer ${key}"),))
    assert step[1].expect.statuses == (200, 204)
    assert step[1].expect.present == ("next",)
    assert step[1].expect.json == {"ok": True}
    assert (step[1].times, step[1].think) == (1.5, Duration("uniform", 1, 2))
    assert step[2].body == '{"at":"${now_ms}"}'


def test_single_keys_are_changed_for_a_run() -> None:
    changes = [
        "stages=1m:5,1m:0",
        "agents.seats=7",
        "expected_rps=40",
        "thresholds.http_reqs{name:start}=rate>1",
    ]
    profile = load("normal", changes)
    assert profile.stages == (Stage(60, 5), Stage(60, 0))
    assert profile.agents
    assert (profile.agents.seats, profile.agents.queue) == (7, "support")
    assert profile.expected_rps == 40
    assert profile.thresholds["http_reqs{name:start}"] == ("rate>1",)
    assert read(profile.source, "normal") == profile, "what a run's meta keeps says it all"


@pytest.mark.parametrize("change", ["stages", "=1", "stages.first=1m:5", "agents.seat=3", "steps={"])
def test_changes_that_can_not_be(change: str) -> None:
    with pytest.raises(ProfileError):
        load("normal", [change])


def test_compressed_the_load_is_the_same_for_a_shorter_time() -> None:
    whole, short = load("spike"), load("spike", compress=10)
    assert short.seconds == whole.seconds / 10
    assert short.limit_s == whole.limit_s / 10
    assert [stage.target for stage in short.stages] == [stage.target for stage in whole.stages]
    assert short.steps == whole.steps
    assert read(short.source, "spike") == short


@pytest.mark.parametrize("name", sorted(built_in()))
def test_the_built_in_ones(name: str) -> None:
    profile = load(name)
    assert profile.name == name
    assert profile.description
    assert profile.steps


def test_the_published_ones() -> None:
    normal, spike = load("normal"), load("spike")
    assert normal.mode is Mode.VUS
    assert normal.stages == (Stage(300, 100), Stage(600, 100), Stage(300, 0))
    assert spike.stages == (Stage(60, 100), Stage(30, 1500), Stage(60, 1500), Stage(30, 100))
    assert spike.limit_s > 60
    for profile in (normal, spike):
        assert [(step.name, step.think.a) for step in profile.steps] == [("start", 1), ("connect", 2)]


def test_no_such_profile() -> None:
    with pytest.raises(ProfileError, match=r"unknown profile 'norml'.*did you mean normal"):
        load("norml")


def test_what_the_documentation_shows_can_be_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "loadgen-profiles.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    whole, thresholds, replay = blocks
    for block in (whole, SHORT + thresholds, replay):
        assert read(block, "x").steps
    for name in built_in():
        assert f"| `{name}` |" in text, "every built-in profile has its row"
    for name in PLATFORM:
        assert f"| `{name}` |" in text, "every short name has its row"
