"""What a kept run's files come to, by metric."""

from pathlib import Path

import msgspec
import pytest

from loadgen.comparison.candidates import Refused, candidate, take_turns
from loadgen.comparison.figures import CPU, ERRORS, P95, RECOVERY, TPS, figures
from loadgen.recovery.kept import LAG, RecoveryKept, SpikeKept, write
from loadgen.results.runs import SUMMARY
from loadgen.results.state import Status
from loadgen.watch.seen import ProcessSeen, Seen
from tests.loadgen.comparison.keeping import keep


def spike(outcome: str, recovery_s: float | None, watched_s: int = 40) -> SpikeKept:
    return SpikeKept(
        outcome=outcome, reason="", rate=1.0, baseline=(0, 60), t0=60, t1=80, peak=2.0,
        recovery_s=recovery_s, watched_s=watched_s, predicted_s=None, signals=[],
    )  # fmt: skip


def recovered(directory: Path, *spikes: SpikeKept) -> float | None:
    write(directory, RecoveryKept(began_ms=0, factor=1.0, spikes=list(spikes)))
    return figures(directory).get(RECOVERY)


def test_a_run_that_nobody_watched_has_what_its_summary_says(tmp_path: Path) -> None:
    found = figures(tmp_path / keep(tmp_path, 1, 90.0))
    assert (found[P95], found[ERRORS], found[TPS]) == (90.0, 0.0, 10.0)
    assert found["response_time{name:start} p(99)"] == 180.0
    assert {CPU, RECOVERY, "response_time{name:start} mean"} & set(found) == set()


def test_processor_time_is_what_was_used_meanwhile(tmp_path: Path) -> None:
    directory = tmp_path / keep(tmp_path, 1, 90.0)
    seen = [
        Seen(at_ms=0, processes=(ProcessSeen(name="gateway", pid=1, pss=1, cpu_s=100.0),)),
        Seen(
            at_ms=1000,
            processes=(
                ProcessSeen(name="gateway", pid=1, pss=1, cpu_s=103.0),
                ProcessSeen(name="persister", pid=2, pss=1, cpu_s=5.0),
            ),
        ),
        Seen(at_ms=2000, processes=(ProcessSeen(name="persister", pid=2, pss=1, cpu_s=8.0),)),
    ]
    torn = b'{"at_ms":3000,"proc'
    (directory / LAG).write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in seen) + torn)
    assert figures(directory)[CPU] == pytest.approx(6.0 / 600)


def test_what_never_recovered_counts_for_as_long_as_it_was_watched(tmp_path: Path) -> None:
    directory = tmp_path / keep(tmp_path, 1, 90.0)
    assert recovered(directory, spike("recovered", 4.0), spike("recovered", 6.0)) == 5.0
    assert recovered(directory, spike("metastable", None)) == 40.0
    assert recovered(directory, spike("not_stressed", None)) is None


def test_a_run_without_a_summary_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / keep(tmp_path, 1, 90.0)
    (directory / SUMMARY).write_text("{")
    with pytest.raises(Refused, match=r"summary\.json"):
        candidate(directory)
    with pytest.raises(Refused, match="is partial"):
        candidate(tmp_path / keep(tmp_path, 2, 90.0, status=Status.PARTIAL))


@pytest.mark.parametrize(
    ("order", "in_turn"),
    [("abababababab", True), ("abbaabbaabba", True), ("aaaaabbbbb", False), ("abaaaabbbbb", False)],
)
def test_runs_are_made_in_turn_or_not(tmp_path: Path, order: str, in_turn: bool) -> None:
    made = [(side, candidate(tmp_path / keep(tmp_path, n, 1.0))) for n, side in enumerate(order)]
    before, after = ([one for side, one in made if side == which] for which in "ab")
    assert take_turns(before, after) is in_turn
