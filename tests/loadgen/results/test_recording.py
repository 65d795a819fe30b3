"""A run's directory as it is written, whole, torn, full and aborted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadgen.profiles.model import Mode, Profile, Stage
from loadgen.results import meta
from loadgen.results.reading import Unreadable, read_run, rebuild
from loadgen.results.recording import Ended, Recording
from loadgen.results.runs import NoSuchRun, found, listed, new_id
from loadgen.results.state import Status, read_state
from loadgen.results.verdict import Exit
from tests.loadgen.results.windows import window

THRESHOLDS: dict[str, tuple[str, ...]] = {
    "http_req_duration{name:start}": ("p(95)<50",),
    "errors": ("rate<0.4 abort 2s",),
}


class Stopped:
    """What a run is told."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def __call__(self, reason: str) -> None:
        self.reasons.append(reason)


def about(thresholds: dict[str, tuple[str, ...]]) -> meta.Meta:
    profile = Profile("small", Mode.RATE, (Stage(2, 5, "up"), Stage(3, 5, "hold")), (), thresholds=thresholds)
    return meta.Meta(
        run="r1",
        began_at="2026-11-23T13:00:00.000+00:00",
        profile=profile,
        source="mode: …",
        stages=("up", "hold"),
        target="http://127.0.0.1:1",
        seed=1,
        processes=1,
        machine=meta.machine(),
    )


def begun(directory: Path, stop: Stopped, thresholds: dict[str, tuple[str, ...]] | None = None) -> Recording:
    chosen = THRESHOLDS if thresholds is None else thresholds
    recording = Recording(directory, ("up", "hold"), chosen, stop, cores=os.cpu_count() or 1)
    recording.begin(about(chosen))
    return recording


def events(directory: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in (directory / "events.jsonl").read_text().splitlines()]


def test_a_whole_run(tmp_path: Path) -> None:
    recording = begun(tmp_path / "r", Stopped())
    assert read_state(tmp_path / "r").status is Status.RUNNING
    for second in range(5):
        recording.heard(window(second, int(second > 1), start={"ok": [0.01] * 5}))
    verdict = recording.close(Ended(4.9))
    assert (verdict.valid, verdict.exit_code, verdict.status) == (True, Exit.OK, Status.COMPLETE)
    assert events(tmp_path / "r") == ["began", "stage", "stage", "ended"]
    run = read_run(tmp_path / "r", keep_windows=True)
    assert run.verdict == verdict
    assert run.totals.count() == 25
    assert len(run.windows) == 5
    assert run.meta.profile.stages[1] == Stage(3, 5, "hold")
    written = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert written["partial"] == ""
    assert written["metrics"]["http_reqs"]["values"] == {"count": 25, "rate": pytest.approx(25 / 4.9)}
    assert not (tmp_path / "r" / "reserve").exists()


def test_a_broken_threshold_is_99_and_a_broken_gate_comes_first(tmp_path: Path) -> None:
    slow = begun(tmp_path / "slow", Stopped())
    slow.heard(window(0, 0, start={"ok": [0.2] * 5}))
    assert slow.close(Ended(1.0)).exit_code == Exit.BREACHED
    late = begun(tmp_path / "late", Stopped())
    given = window(0, 0, start={"ok": [0.2] * 5})
    given.lateness.add(0.5)
    late.heard(given)
    verdict = late.close(Ended(1.0))
    assert verdict.exit_code == Exit.INVALID
    assert verdict.sentence.startswith("INVALID: lateness")


def test_abort_on_fail_ends_the_run_after_its_delay(tmp_path: Path) -> None:
    stop = Stopped()
    recording = begun(tmp_path / "r", stop)
    recording.heard(window(0, 0, start={"timeout": [0.01] * 5}))
    assert not stop.reasons
    for second in (1, 2, 3, 4):
        recording.heard(window(second, 0, start={"timeout": [0.01] * 5}))
    assert len(stop.reasons) == 1
    assert "errors rate<0.4" in stop.reasons[0]
    verdict = recording.close(Ended(5.0, stop.reasons[0], interrupted=True))
    assert (verdict.exit_code, verdict.status) == (Exit.BREACHED, Status.PARTIAL)
    assert {"target_down", "threshold_broken", "aborted"} <= set(events(tmp_path / "r"))


def test_the_target_comes_back(tmp_path: Path) -> None:
    recording = begun(tmp_path / "r", Stopped(), {})
    for second, kind in enumerate(["ok", "refused", "lost", "shed"]):
        recording.heard(window(second, 0, start={kind: [0.01]}))
    recording.close(Ended(4.0))
    assert events(tmp_path / "r") == ["began", "stage", "target_down", "target_up", "ended"]


@pytest.mark.parametrize(
    ("ended", "status", "code"),
    [
        (Ended(1.0, "stopped by SIGINT", interrupted=True), Status.INTERRUPTED, Exit.INTERRUPTED),
        (Ended(1.0, "it has not answered once in 60 s"), Status.PARTIAL, Exit.FAILED),
        (Ended(1.0, breaches=("gap a-1",)), Status.COMPLETE, Exit.FAILED),
    ],
)
def test_other_ends(tmp_path: Path, ended: Ended, status: Status, code: Exit) -> None:
    recording = begun(tmp_path / "r", Stopped(), {})
    recording.heard(window(0, 0, start={"ok": [0.01]}))
    verdict = recording.close(ended)
    assert (verdict.status, verdict.exit_code) == (status, code)
    assert json.loads((tmp_path / "r" / "summary.json").read_text())["partial"] == ended.reason


def test_a_full_disk_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    """/dev/full says ENOSPC as a full disk does."""
    stop = Stopped()
    recording = begun(tmp_path / "r", stop, {})
    recording.heard(window(0, 0, start={"ok": [0.01]}))
    real = recording._files._files["windows.jsonl"]
    with Path("/dev/full").open("wb", buffering=0) as full:
        recording._files._files["windows.jsonl"] = full
        recording.heard(window(1, 0, start={"ok": [0.01]}))
    recording._files._files["windows.jsonl"] = real
    for second in (2, 3):
        # Room again, but a hole before it: what would follow is not kept.
        recording.heard(window(second, 0, start={"ok": [0.01]}))
    assert len(stop.reasons) == 1
    assert "No space left on device" in stop.reasons[0]
    verdict = recording.close(Ended(3.0, stop.reasons[0], interrupted=True))
    assert (verdict.status, verdict.exit_code) == (Status.PARTIAL, Exit.FAILED)
    assert "windows.jsonl can't be written" in verdict.sentence
    assert read_run(tmp_path / "r").totals.count() == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.loadgen.results.test_recording import Stopped, begun
from tests.loadgen.results.windows import window
recording = begun(Path(sys.argv[1]), Stopped())
for second in range(3):
    recording.heard(window(second, 0, start={"ok": [0.2]}))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_is_read_from_what_it_had_written(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "r")], check=False, timeout=60)
    assert ran.returncode == -9
    with (tmp_path / "r" / "windows.jsonl").open("ab") as file:
        file.write(b'{"line":"cell","second":3,"sta')
    run = read_run(tmp_path / "r")
    assert run.state.status is Status.INTERRUPTED
    assert "kill -9" in run.state.reason
    assert run.totals.count() == 3
    assert run.verdict.exit_code == Exit.BREACHED
    assert rebuild(run)
    assert not rebuild(run)
    written = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert "kill -9" in written["partial"]
    assert written["metrics"]["http_reqs"]["values"]["count"] == 3


def test_a_run_is_never_written_over(tmp_path: Path) -> None:
    begun(tmp_path / "r", Stopped())
    with pytest.raises(FileExistsError):
        begun(tmp_path / "r", Stopped())


def test_ids_sort_by_time_and_are_found_by_their_beginning(tmp_path: Path) -> None:
    names = [new_id(second) for second in (1_000_000_000, 1_000_000_000, 1_700_000_000)]
    assert len(set(names)) == 3
    assert names[2] == max(names)
    for name in names[1:]:
        (tmp_path / name).mkdir()
    (tmp_path / "other").mkdir()
    assert [one.name for one in listed(tmp_path)] == names[1:]
    assert found("latest", tmp_path).name == names[2]
    assert found(names[1][:12], tmp_path).name == names[1]
    for wrong in ("2099", "", "other"):
        with pytest.raises(NoSuchRun):
            found(wrong, tmp_path)
    with pytest.raises(NoSuchRun, match="no run in"):
        found("latest", tmp_path / "none")
    (tmp_path / names[1] / "state.json").write_text("{")
    with pytest.raises(Unreadable):
        read_run(tmp_path / names[1])
