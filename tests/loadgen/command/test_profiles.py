"""aicc-loadgen profiles and purge, as they are called."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from loadgen.command import main
from loadgen.profiles import built_in
from tests.loadgen.test_purging import BEGUN, add

RUN = "20261120T120000-abcdef"


def test_all_profiles_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ran = CliRunner().invoke(main, ["profiles"])
    assert ran.exit_code == 0, ran.output
    for name in built_in():
        assert f"│ {name} " in ran.output


def test_one_is_shown_as_it_would_be_run() -> None:
    ran = CliRunner().invoke(main, ["profiles", "mixed", "--set", "scale=10"])
    assert ran.exit_code == 0, ran.output
    assert "scale: 10" in ran.stdout
    assert "make 1,000 a second, enough for the 1,000 promised" in ran.stderr
    assert CliRunner().invoke(main, ["profiles", "spike"]).stdout.rstrip() == built_in()["spike"].rstrip()
    wrong = CliRunner().invoke(main, ["profiles", "spkie"])
    assert wrong.exit_code == 2
    assert "did you mean spike?" in wrong.stderr.replace("\n", " ")


def test_a_run_is_purged(database_url: str, tmp_path: Path) -> None:
    async def filled() -> None:
        db = await asyncpg.connect(database_url)
        await add(db, "one", f"run-{RUN}-1")
        await add(db, "two", f"run-{RUN}-2", state="waiting")
        await db.close()

    asyncio.run(filled())
    runner = CliRunner(env={"DATABASE_URL": database_url, "AICC_RUNS": str(tmp_path), "COLUMNS": "200"})
    ran = runner.invoke(main, ["purge", RUN])
    assert ran.exit_code == 1
    assert f"{RUN}: 1 contacts, 3 messages, 1 customers deleted" in ran.stderr
    assert "1 contacts have not ended yet" in ran.stderr
    assert BEGUN.strftime("%Y%m%dT%H%M%S") in RUN
    for name in ("latest", "nothing"):
        assert runner.invoke(main, ["purge", name]).exit_code == 2
    away = runner.invoke(main, ["purge", RUN], env={"DATABASE_URL": "postgresql://aicc@127.0.0.1:1/aicc"})
    assert away.exit_code == 1
    assert "DATABASE_URL" in away.stderr
