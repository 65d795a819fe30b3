"""The reference's targets beside a run's figures: met, missed, or not measured, never guessed."""

import pytest

from loadgen.profiles.model import Mode, Profile, Stage, Step
from loadgen.profiles.thresholds import Judged, expression_of
from loadgen.results.state import State, Status
from loadgen.results.targets import MachineUse, Target, sentence, targets
from loadgen.results.totals import Totals
from loadgen.results.verdict import Exit, verdict
from loadgen.times import Duration
from tests.loadgen.results.windows import window

SECONDS = 20
STEPS = (Step("start", "POST", "/chat/start", think=Duration("fixed", 1.0)),)
USERS = Profile("users", Mode.VUS, (Stage(SECONDS, 1500),), STEPS)
FEW = Profile("few", Mode.VUS, (Stage(SECONDS, 100),), STEPS)
RATE = Profile("rate", Mode.RATE, (Stage(SECONDS, 2000),), STEPS)
ENDED = State(status=Status.COMPLETE, seconds=SECONDS)


def _totals(vus: int = 600, each: int = 1100, **endpoints: dict[str, list[float]]) -> Totals:
    totals = Totals()
    for second in range(SECONDS):
        given = window(second, 0, **(endpoints or {"start": {"ok": [0.1] * each}}))
        given.vus = vus
        totals.add(given)
    return totals


def _found(totals: Totals, profile: Profile = USERS, machine: MachineUse | None = None) -> dict[str, Target]:
    return {f"{one.endpoint} {one.name}".strip(): one for one in targets(totals, profile, machine)}


def test_all_are_met_with_their_margins() -> None:
    found = _found(_totals(), machine=MachineUse(0.4, 0.35))
    assert [one.met for one in found.values()] == [True] * 7
    assert found["start mean"].margin == pytest.approx(0.95, abs=0.001)
    assert found["tps"].figure == 1100
    assert found["tps"].margin == pytest.approx(0.1)
    assert found["cpu"].margin == found["memory"].margin == 0.5


@pytest.mark.parametrize(
    ("name", "totals", "machine"),
    [
        ("start mean", _totals(start={"ok": [2.1]}), None),
        ("start p95", _totals(start={"ok": [0.1] * 9 + [3.1]}), None),
        ("connect mean", _totals(connect={"ok": [1.6]}), None),
        ("connect p95", _totals(connect={"ok": [0.1] * 9 + [2.6]}), None),
        ("start mean", _totals(start={"ok": [2.1], "shed": [0.001] * 9}), None),
        ("tps", _totals(each=900), None),
        ("users", _totals(vus=499), None),
        ("availability", _totals(start={"ok": [0.1] * 99, "shed": [0.1]}), None),
        ("availability", _totals(start={"ok": [0.1] * 99, "timeout": [0.1]}), None),
        ("cpu", _totals(), MachineUse(0.81, 0.1)),
        ("memory", _totals(), MachineUse(0.1, 0.71)),
    ],
)
def test_each_can_be_missed(name: str, totals: Totals, machine: MachineUse | None) -> None:
    missed = _found(totals, machine=machine)[name]
    assert missed.met is False
    assert missed.margin
    assert missed.margin < 0


@pytest.mark.parametrize(
    ("name", "totals", "profile", "why"),
    [
        ("cpu", _totals(), USERS, "--watch tells"),
        ("memory", _totals(), USERS, "--watch tells"),
        ("tps", _totals(), FEW, "requests a second that the profile can make: 99"),
        ("users", _totals(vus=100), FEW, "users that the profile has: 100"),
        ("users", _totals(vus=100), RATE, "a rate, not users"),
        ("start mean", _totals(start={"shed": [0.1]}), USERS, "every request was shed"),
        ("availability", Totals(), USERS, "no request"),
        ("tps", Totals(), USERS, "no stage took 10 s"),
    ],
)
def test_what_cannot_be_told_is_not_met(name: str, totals: Totals, profile: Profile, why: str) -> None:
    unknown = _found(totals, profile)[name]
    assert unknown.met is None
    assert unknown.margin is None
    assert why in unknown.why
    assert "not measured" in unknown.text


def test_a_conflict_is_an_answer() -> None:
    assert _found(_totals(start={"ok": [0.1], "conflict": [0.1]}))["availability"].figure == 1.0


def test_missed_targets_break_a_run_only_where_they_are_required() -> None:
    found = targets(_totals(each=900), USERS, None)
    told = verdict(ENDED, [], [], targets=found)
    assert told.exit_code == Exit.OK
    assert not told.passed, "without thresholds the targets are the verdict"
    kept = Judged("errors", expression_of("rate<1"), 0.0, True)
    assert verdict(ENDED, [], [kept], targets=found).passed
    assert told.sentence == f"Valid. It has no thresholds. {sentence(found)}"
    assert "4 met, 1 missed (tps 900 /s (≥ 1,000 /s)), 2 not measured (cpu, memory)" in told.sentence
    assert verdict(ENDED, [], [], targets=found, required=True).exit_code == Exit.BREACHED
    assert verdict(ENDED, [], [], targets=found[:2], required=True).exit_code == Exit.OK
    unknown = [one for one in found if one.met is None]
    assert verdict(ENDED, [], [], targets=unknown, required=True).exit_code == Exit.OK
