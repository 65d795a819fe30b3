"""What becomes of the runs of `make gate`; a platform under load is tested elsewhere."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench import gate
from tests.loadgen.comparison.keeping import keep


@contextmanager
def _nowhere(_: str) -> Iterator[tuple[str, dict[str, str]]]:
    yield "", {}


def test_nights_build_their_baselines_up_and_then_fail_for_what_is_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    night: list[str] = []
    monkeypatch.setattr("sys.argv", ["gate"])
    monkeypatch.setattr(gate, "some_platform", _nowhere)
    monkeypatch.setattr(gate, "warm_up", lambda *_: None)
    monkeypatch.setattr(gate, "made", lambda *_: night)
    for name, value in (("AICC_RUNS", str(tmp_path)), ("PROMOTE", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))

    def status(*p95: float) -> tuple[object, dict[str, object]]:
        known = len(list(tmp_path.glob("2*")))
        night[:] = [keep(tmp_path, known + number, one) for number, one in enumerate(p95)]
        with pytest.raises(SystemExit) as ended:
            gate.main()
        return ended.value.code, json.loads(capfd.readouterr().out.splitlines()[-1])

    first, told = status(*(100.0, 101.0, 99.0, 102.0, 98.0, 100.5, 99.5, 101.5))
    assert (first, told["verdict"], told["valid"]) == (0, "too few runs", True)
    worse, told = status(130.0, 131.0, 129.0)
    assert (worse, told["verdict"]) == (3, "worse")
    assert len(json.loads((tmp_path / "baselines.json").read_text())["named"]["main"]) == 8
    assert "| worse |" in (tmp_path / "summary.md").read_text()
