"""The planted effect is found, and no other, over many sweeps whose truth is known."""

import math
from pathlib import Path
from random import Random

import pytest

from loadgen.comparison import Verdict
from loadgen.sweep.effects import Advice, Valued, effects
from loadgen.sweep.kept import Kept
from loadgen.sweep.order import Job, order, variants
from loadgen.sweep.plan import Plan
from loadgen.sweep.written import markdown, recommendation
from tests.loadgen.sweep.plans import planned, swept

SWEEPS = 5
NOISE = 0.05
"""The coefficient of variation of runs on a shared machine."""


def _sweep(plan: Plan, rng: Random, effect: float, rounds: int = 5) -> Kept:
    def figures(job: Job) -> dict[str, float | None]:
        slower = effect if job.variant.key == "SMALL_DELAY_MS=400" else 1.0
        noisy = 40 * slower * math.exp(rng.gauss(0, NOISE))
        return {"p95": noisy, "ok/s": 100 * math.exp(rng.gauss(0, NOISE)), "errors": 0.0}

    return swept(plan, rounds, figures)


def _advice(found: list[Valued]) -> dict[str, Advice]:
    return {one.setting.key: one.advice for one in found}


def test_every_round_has_each_value_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    jobs = order(plan, 6, 7)
    rounds = [[job.variant.key for job in jobs if job.round == number] for number in range(1, 7)]
    assert all(sorted(one) == sorted(each.key for each in variants(plan)) for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1
    assert order(plan, 9, 7)[: len(jobs)] == jobs
    assert order(plan, 6, 8) != jobs


@pytest.mark.parametrize("effect", [1.5, 0.6])
def test_the_planted_effect_is_found_and_no_other(tmp_path: Path, effect: float) -> None:
    plan, rng = planned(tmp_path), Random(4)
    found = [_advice(effects(plan, _sweep(plan, rng, effect))) for _ in range(SWEEPS)]
    right = Advice.AVOID if effect > 1 else Advice.TAKE
    assert sum(one["SMALL_DELAY_MS"] is right for one in found) >= 0.95 * SWEEPS
    firm = (Advice.TAKE, Advice.AVOID, Advice.TRADE)
    assert sum(one[key] in firm for one in found for key in ("SMALL_OTHER", "start")) <= 0.05 * SWEEPS


def test_an_effect_has_its_interval_and_a_recommendation(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    kept = _sweep(plan, Random(5), 0.5)
    found = effects(plan, kept)
    first = found[0].effects[0]
    assert first.ratio is not None
    assert first.ratio.low < first.ratio.value < first.ratio.high < 0.7
    assert recommendation(found[:1]) == "take `400` instead of `5`"
    text = markdown(plan, kept, found)
    for said in (
        "seed 1",
        "| Commit |",
        "| Machine |",
        "`SMALL_OTHER`, baseline `1`",
        "**Recommendation: take",
    ):
        assert said in text
    assert "no result" not in text


def test_errors_from_nothing_count_though_they_have_no_ratio(tmp_path: Path) -> None:
    plan = planned(tmp_path)

    def figures(job: Job) -> dict[str, float | None]:
        return {
            "p95": 40.0 + job.round,
            "ok/s": 100.0 + job.round,
            "errors": 0.1 * (job.variant.key == "start=60"),
        }

    found = effects(plan, swept(plan, 5, figures))
    assert _advice(found) == {
        "SMALL_DELAY_MS": Advice.ALIKE,
        "SMALL_OTHER": Advice.ALIKE,
        "start": Advice.AVOID,
    }


def test_few_runs_recommend_nothing(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    kept = _sweep(plan, Random(6), 3.0, rounds=4)
    found = effects(plan, kept)
    assert {one.change.verdict for each in found for one in each.effects} == {Verdict.TOO_FEW}
    assert set(_advice(found).values()) == {Advice.TOO_FEW}
    assert "This is no result" in markdown(plan, kept, found)
    kept.rounds = 5
    assert "Not whole" in markdown(plan, kept, found)
