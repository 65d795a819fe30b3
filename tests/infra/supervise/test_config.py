"""supervisord reads back what the table says, also from awkward paths."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from infra.services import STAGE_STOP_S, Program, Stage, service_programs
from infra.supervise.config import render, socket_path


@pytest.fixture(autouse=True)
def _stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes directory goes back."""
    monkeypatch.chdir(Path.cwd())


def read_back(var: Path, programs: list[Program]) -> ServerOptions:
    (var / "log").mkdir(parents=True)
    file = var / "supervisord.conf"
    file.write_text(render(var, programs))
    os.chdir(var)  # As supervisord is started.
    options = ServerOptions()
    options.realize(["-c", str(file)])
    return options


@pytest.mark.parametrize("directory", ["plain", "with space", "100% sure", "quote'd"])
def test_a_program_keeps_its_command_directory_and_environment(tmp_path: Path, directory: str) -> None:
    var = tmp_path / directory
    program = Program("routing", Stage.PROCESSORS, (str(var / "run"), "a b"), var, {"AICC_X": f"{var},1"})
    group = read_back(var, [program]).process_group_configs[0]
    config = group.process_configs[0]
    assert shlex.split(config.command) == [str(var / "run"), "a b"]
    assert config.directory == str(var)
    assert config.environment == {"AICC_X": f"{var},1"}
    assert (config.autostart, config.killasgroup, config.stopwaitsecs) == (False, True, 4)


def test_every_service_is_restarted_whatever_its_exit_status(tmp_path: Path) -> None:
    programs = list(service_programs(tmp_path, 9180, 8080))
    groups = read_back(tmp_path / "var", programs).process_group_configs
    assert {group.name for group in groups} == {program.name for program in programs}
    assert all(group.process_configs[0].autorestart.__name__ == "RestartUnconditionally" for group in groups)


def test_all_stages_together_stop_within_the_bound() -> None:
    assert sum(STAGE_STOP_S.values()) < 15


def test_ports_are_distinct() -> None:
    ports = [port.number for one in service_programs(Path(), 9180, 8080) for port in one.ports]
    assert len(ports) == len(set(ports))


def test_the_socket_of_a_long_path_lies_in_a_private_short_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    chosen = socket_path(long)
    assert len(str(chosen)) < 100
    assert chosen.parent.stat().st_mode & 0o077 == 0
    assert chosen != socket_path(tmp_path / ("y" * 120))
    assert socket_path(Path("short")) == Path("short/supervisor.sock")
