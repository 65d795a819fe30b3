"""What a probe's windows mean: held, broken or not to be believed."""

from dataclasses import replace

import pytest

from loadgen.capacity.probe import Asked, Probe, _Hold, _judged, at_rate, peak
from loadgen.capacity.processes import Processes
from loadgen.capacity.search import Told
from loadgen.profiles.model import Mode, Profile, Stage
from loadgen.run import Outcome, Plan
from tests.loadgen.results.windows import window
from tests.loadgen.servers import free_port

PROFILE = Profile("p", Mode.CONTACTS, (Stage(10, 12), Stage(5, 4)), (), thresholds={"shed": ("rate<0.5",)})


def probed(*, warm: list[float], hold: list[float], late_s: float = 0.0, **kinds: list[float]) -> Probe:
    """Two seconds of warming up and two of hold, with these latencies each."""
    url = f"http://127.0.0.1:{free_port()}"
    asked = Asked(Plan(PROFILE, url, "r"), 2.0, 2.0, 100.0, 8)
    told = _Hold(asked, Processes(url), lambda _: None)
    for second in range(4):
        stage = int(second >= 2)
        made = window(second, stage, start={"ok": hold if stage else warm, **(kinds if stage else {})})
        if late_s and stage:
            made.lateness.add(late_s)
        told.hear(made)
    return _judged(asked, 12.0, told, Outcome(4.0))


@pytest.mark.parametrize(
    ("given", "told", "why"),
    [
        ({"warm": [3.0] * 50, "hold": [0.01] * 50}, Told.HELD, ""),
        ({"warm": [0.01], "hold": [0.01] * 40 + [0.3] * 10}, Told.BROKE, "p95 of start"),
        ({"warm": [0.01], "hold": [0.01] * 40, "shed": [0.001]}, Told.BROKE, "2.4 % shed"),
        ({"warm": [0.01], "hold": [0.01] * 40, "wrong": [0.001]}, Told.BROKE, "2.4 % not right"),
        ({"warm": [0.01], "hold": [0.01], "shed": [0.001] * 3}, Told.BROKE, "shed rate<0.5"),
        ({"warm": [0.01], "hold": [0.01] * 40, "late_s": 0.2}, Told.INVALID, "lateness_p99_ms"),
    ],
)
def test_what_a_probe_shows(given: dict[str, object], told: Told, why: str) -> None:
    made = probed(**given)  # type: ignore[arg-type]
    assert made.told is told
    assert why in made.why
    assert bool(made.why) == bool(why)


def test_its_figures_are_the_holds() -> None:
    made = probed(warm=[0.01] * 7, hold=[0.02] * 50)
    assert made.tps == 50
    assert made.p95_ms == pytest.approx(21, rel=0.01)
    assert made.used.cores["generator"] == pytest.approx(0.25)


def test_answers_after_the_end_count_where_they_were_due() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    asked = Asked(Plan(PROFILE, url, "r"), 1.0, 1.0, 100.0, 8)
    told = _Hold(asked, Processes(url), lambda _: None)
    told.hear(window(0, 0, start={"ok": [0.01]}))
    told.hear(window(1, 1, start={"ok": [0.01] * 10}))
    told.hear(window(2, 1, start={"ok": [2.0] * 10}))
    made = _judged(asked, 12.0, told, Outcome(2.0))
    assert (made.tps, made.told) == (20, Told.BROKE)


def test_a_profile_at_one_rate() -> None:
    assert peak(PROFILE) == 12
    assert peak(replace(PROFILE, start=20)) == 20
    made = at_rate(PROFILE, 7.5, 2, 10)
    assert (made.start, [(one.seconds, one.target) for one in made.stages]) == (7.5, [(2, 7.5), (10, 7.5)])
    assert at_rate(replace(PROFILE, mode=Mode.VUS), 7.6, 2, 10).start == 8
    with pytest.raises(ValueError, match="own rate"):
        at_rate(replace(PROFILE, mode=Mode.REPLAY), 1, 1, 1)
