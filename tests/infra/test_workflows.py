"""What GitHub is told to run exists here, and may do no more than it must."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from infra.paths import CHECKOUT
from loadgen.command import main as loadgen

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
_BY_NAME = pytest.mark.parametrize("file", WORKFLOWS, ids=[file.stem for file in WORKFLOWS])


def read(file: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(file.read_text())
    return found


def jobs(file: Path) -> list[dict[str, Any]]:
    return list(read(file)["jobs"].values())


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(file) for step in job["steps"]]


def commands(file: Path) -> list[list[str]]:
    """The words of each line that is run."""
    return [line.split() for step in steps(file) for line in step.get("run", "").splitlines()]


def options_of(command: click.Command) -> set[str]:
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts}


def test_there_is_a_check_of_pushes_and_one_at_night() -> None:
    assert [file.stem for file in WORKFLOWS] == ["ci", "nightly"]
    nightly, pushes = read(WORKFLOWS[1]), read(WORKFLOWS[0])
    assert nightly[True]["schedule"] == [{"cron": "0 2 * * *"}]  # YAML 1.1 takes `on` for true
    assert "workflow_dispatch" in nightly[True]
    assert "push" in pushes[True]


@_BY_NAME
def test_every_command_exists(file: Path) -> None:
    targets = set(re.findall(r"^([a-z%-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    for words in commands(file):
        match words:
            case ["make", target]:
                assert target in targets
            case [".venv/bin/aicc-loadgen", name, *rest]:
                given = {word for word in rest if word.startswith("--")}
                assert given <= options_of(loadgen.commands[name]), words
            case ["mkdir", *_]:
                pass
            case [script]:
                assert (CHECKOUT / script).is_file()
            case _:
                pytest.fail(f"{words} is not looked for by this test")


@_BY_NAME
def test_actions_are_pinned_and_rights_are_least(file: Path) -> None:
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used
    assert [one for one in used if not re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", one)] == []
    assert read(file)["permissions"] == {"contents": "read"}
    assert "concurrency" in read(file)
    assert all("timeout-minutes" in job for job in jobs(file))


@_BY_NAME
def test_no_input_is_pasted_into_a_script(file: Path) -> None:
    assert [words for words in commands(file) if "${{" in " ".join(words)] == []


def test_the_cache_is_read_and_written_under_one_name() -> None:
    restore, save = (step["with"] for step in steps(WORKFLOWS[1]) if "cache/" in step.get("uses", ""))
    assert (restore["path"], restore["key"]) == (save["path"], save["key"])
    assert save["key"].startswith(restore["restore-keys"])
