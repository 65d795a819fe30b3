"""Whose rights each service has in our own Postgres, and that another server's address stays as it is."""

from pathlib import Path

import pytest

from infra import run, settings
from infra.paths import CHECKOUT

ROLES = {"persister": "aicc_persister", "webhooks": "aicc_persister", "gateway": "aicc_gateway"}


@pytest.mark.parametrize("named", ["", "postgresql://u@db.example.org/aicc?role=mine"])
def test_services_have_the_role_of_their_own(named: str, tmp_path: Path) -> None:
    chosen = settings.RunSettings(database_url=named, var=tmp_path)
    plan = run.make_plan(chosen, None)
    told = {
        program.name: program.env["DATABASE_URL"]
        for program in plan.programs
        if program.cwd == CHECKOUT and "DATABASE_URL" in program.env
    }
    address = plan.environment["DATABASE_URL"]
    if named:
        assert (address, told) == (named, {})
    else:
        assert {name: url for name, url in told.items() if url != address} == {
            name: f"{address}?role={role}" for name, role in ROLES.items()
        }
