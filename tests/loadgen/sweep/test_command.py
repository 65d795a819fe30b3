"""aicc-loadgen sweep as a user calls it, on a small server whose delay is a setting."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from loadgen.command import main
from loadgen.results.verdict import Exit
from loadgen.sweep import kept as files
from loadgen.sweep.effects import Advice, effects
from loadgen.sweep.plan import Target
from loadgen.sweep.reading import load
from loadgen.sweep.target import NotReady, started
from tests.loadgen.servers import free_port, served
from tests.loadgen.sweep.plans import PLAN, PROFILE, plan_in

LOADGEN = str(Path(sys.executable).with_name("aicc-loadgen"))
CHECKOUT = Path(__file__).resolve().parents[3]
TWO = PLAN[: PLAN.index("  - {variable: SMALL_OTHER")]
WITHIN_S = 120.0


def _begun(plan: Path, out: Path, port: int, *options: str) -> "subprocess.Popen[str]":
    # Beside other tests the generator may come too late to be valid; that is tested elsewhere.
    command = [LOADGEN, "sweep", str(plan), "--out", str(out), "--seed", "5", "--accept-invalid", *options]
    env = os.environ | {"SMALL_PORT": str(port), "COLUMNS": "120"}
    return subprocess.Popen(
        command, env=env, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _await_record(out: Path, going: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        kept = files.read(out)
        if kept and kept.records:
            return
        assert going.poll() is None, going.stdout and going.stdout.read()
        time.sleep(0.05)
    raise TimeoutError("no run is kept")


@pytest.mark.faults
def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    plan, out, port = plan_in(tmp_path, TWO), tmp_path / "out", free_port()
    going = _begun(plan, out, port, "--runs", "1")
    _await_record(out, going)
    going.send_signal(signal.SIGINT)
    said, _ = going.communicate(timeout=WITHIN_S)
    assert going.returncode == Exit.INTERRUPTED, said
    first = files.read(out)
    assert first is not None
    assert len(first.records) == 1
    assert "**Not whole**" in (out / "sweep.md").read_text()

    again = _begun(plan, out, port, "--runs", "1", "--markdown", str(tmp_path / "page.md"))
    said, _ = again.communicate(timeout=WITHIN_S)
    assert again.returncode == 0, said
    assert "going on: 1 runs are there" in said
    kept = files.read(out)
    assert kept is not None
    assert kept.records[0] == first.records[0]
    assert {one.variant for one in kept.records} == {"baseline", "SMALL_DELAY_MS=400"}
    measured = {one.variant: one.figures for one in kept.records}
    assert (measured["SMALL_DELAY_MS=400"]["p95"] or 0) >= 400
    assert measured["baseline"]["small_held_seconds"] == pytest.approx(5)
    text = (tmp_path / "page.md").read_text()
    assert "This is no result" in text
    assert "Not whole" not in text


@pytest.mark.faults
def test_a_sweep_finds_the_planted_effect_and_no_other(tmp_path: Path) -> None:
    plan, out, port = plan_in(tmp_path), tmp_path / "out", free_port()
    going = _begun(plan, out, port)
    said, _ = going.communicate(timeout=20 * WITHIN_S)
    assert going.returncode == 0, said
    kept = files.read(out)
    assert kept is not None
    found = effects(load(str(plan), (), {"SMALL_PORT": str(port)}), kept)
    advice = {one.setting.key: one.advice for one in found}
    assert advice["SMALL_DELAY_MS"] is Advice.AVOID, said
    assert advice["SMALL_OTHER"] in (Advice.ALIKE, Advice.UNSURE), said
    # A fifth more is asked for, and answered.
    assert advice["start"] in (Advice.TAKE, Advice.TRADE), said


def test_a_plan_that_cant_be_used_is_refused_before_anything_runs(tmp_path: Path) -> None:
    plan = tmp_path / "bad.yaml"
    plan.write_text("{profile: normal, metrics: [p96], settings: [{variable: A, values: [1]}], target: {}}")
    told = CliRunner().invoke(main, ["sweep", str(plan), "--out", str(tmp_path / "out")])
    assert told.exit_code == Exit.USAGE
    assert "metrics[0]: unknown metric 'p96'" in told.output
    assert "settings[0].values: must be two or more" in told.output
    assert not (tmp_path / "out").exists()


def test_another_plan_does_not_go_on_in_its_place(tmp_path: Path) -> None:
    plan, out = plan_in(tmp_path), tmp_path / "out"
    out.mkdir()
    env = {"SMALL_PORT": "8111"}
    (out / files.SWEEP).write_text("torn")
    torn = CliRunner().invoke(main, ["sweep", str(plan), "--out", str(out), "--dry-run"], env=env)
    assert torn.exit_code == Exit.USAGE
    assert "--fresh" in torn.output
    dry = CliRunner().invoke(
        main, ["sweep", str(plan), "--dry-run", "--only", "start", "--runs", "2"], env=env
    )
    assert dry.exit_code == 0
    assert dry.output.count("start=60") == dry.output.count("baseline") == 2
    none = CliRunner().invoke(main, ["sweep", str(plan), "--only", "nothing"], env=env)
    assert none.exit_code == Exit.USAGE


def test_more_of_the_same_is_no_other_sweep_and_another_load_is(tmp_path: Path) -> None:
    environ = {"SMALL_PORT": "8111"}
    plan = load(str(plan_in(tmp_path)), (), environ)
    moved = load(str(plan_in(tmp_path)), (), {"SMALL_PORT": "8222"})
    assert files.digest(moved) == files.digest(plan)
    others = (load(str(plan_in(tmp_path)), ("start=70",), environ), plan.keeping(("start",)))
    assert all(files.digest(other) != files.digest(plan) for other in others)
    before = files.digest(plan)
    (tmp_path / "load.yaml").write_text(PROFILE.replace("500ms:50", "1s:50"))
    assert files.digest(plan) != before


def test_a_target_that_does_not_come_up_is_said_with_its_last_words(tmp_path: Path) -> None:
    words = "import sys; sys.exit('no such shop')"
    start = TWO.replace("[python, -m, tests.loadgen.sweep.small_target]", f'[python, -c, "{words}"]')
    plan, out = plan_in(tmp_path, start), tmp_path / "out"
    going = _begun(plan, out, free_port(), "--runs", "1")
    said, _ = going.communicate(timeout=WITHIN_S)
    assert going.returncode == Exit.FAILED, said
    assert "no such shop" in said
    assert "in a row gave no figure" in said


def test_where_somebody_answers_already_nothing_is_started(tmp_path: Path) -> None:
    with served("tests.loadgen.small_app:app") as other:
        target = Target(other.url, ("false",), f"{other.url}/status/200")
        with pytest.raises(NotReady, match="already"), started(target, {}, 1, tmp_path / "log"):
            pass


def test_a_capacity_plan_from_kept_searches(tmp_path: Path) -> None:
    for number, (instances, tps) in enumerate([(1, 100.0), (1, 104.0), (2, 190.0), (3, 265.0)]):
        result = {
            "tps": tps, "valid": True, "run": str(number), "limited_by": "gateway", "instances": instances,
            "profile": "mixed", "p95_limit_ms": 100.0, "machine": "2 × CPU", "commit": "abc",
        }  # fmt: skip
        (tmp_path / f"capacity-{number}.json").write_text(json.dumps(result))
    (tmp_path / "capacity-9.json").write_text('{"tps": 0.0, "valid": false, "run": "9"}')
    page = tmp_path / "plan.md"
    asked = ["plan", str(tmp_path), "--load", "50", "--growth", "10", "--most", "7", "--markdown", str(page)]
    told = CliRunner().invoke(main, asked)
    assert told.exit_code == 0, told.output
    assert "left out: capacity-9.json: no rate was confirmed" in told.output
    text = page.read_text()
    for said in (
        "1 of them 102/s (median of 2, limited by gateway)",
        "Universal Scalability Law: γ = 10",
        "load 50 requests a second, growing by 10 % a month: 1 needed today",
        "| 7 (beyond what was measured) |",
    ):
        assert said in text, text
    # A user of `normal` asks twice in three seconds: 70 % of 102 requests a second are 107 users.
    assert "| 1 | 102 | 71 | 107 | 20" in text


def test_without_a_result_there_is_no_plan(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["plan", str(tmp_path)])
    assert told.exit_code == 1
    assert "there is no capacity to go by" in told.output
