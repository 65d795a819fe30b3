"""What the database says of itself is kept with a watched run, or it is said why not."""

from pathlib import Path

import pytest

from loadgen.command.watching import Watching
from loadgen.profiles.model import Mode, Profile, Stage
from loadgen.report.database import DATABASE, read

PROFILE = Profile("small", Mode.RATE, (Stage(1, 1),), ())


def _watching(directory: Path) -> Watching:
    return Watching(directory, PROFILE, "http://127.0.0.1:1", "redis://127.0.0.1:1/0", 1.0)


def test_the_databases_own_report_is_kept(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert _watching(tmp_path).ask_database() == ""
    kept = read(tmp_path)
    assert kept
    assert kept.database in database_url
    assert "Partitions" in [section.title for section in kept.sections]


def test_a_database_that_is_away_is_said_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://aicc@127.0.0.1:1/aicc")
    assert "does not answer" in _watching(tmp_path).ask_database()
    assert not (tmp_path / DATABASE).exists()
    assert read(tmp_path) is None
