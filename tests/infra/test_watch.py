"""What a watcher says of services that die, and when it starts again what the supervisor gave up."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from infra.platform import Watch
from infra.progress import Progress
from infra.supervise.client import Info, State, Supervisor


class Scripted:
    """Stands in for the supervisor: shows what it is told to."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.state, self.pid = State.RUNNING, 1
        self.started = 0

    def info(self) -> dict[str, Info]:
        return {"routing": Info(self.state, self.pid, self.log)}

    def start(self, name: str) -> None:
        self.started += 1


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Scripted, Watch, io.StringIO]:
    log = tmp_path / "routing.log"
    log.write_text("first\nthe reason\n")
    scripted, said = Scripted(log), io.StringIO()
    return scripted, Watch(cast("Supervisor", scripted), Progress(Console(file=said))), said


def test_a_restart_is_said_once(scene: tuple[Scripted, Watch, io.StringIO]) -> None:
    scripted, watch, said = scene
    watch.look(0)
    assert said.getvalue() == ""
    scripted.pid = 2
    watch.look(1)
    watch.look(2)
    assert said.getvalue().splitlines() == ["routing ended (pid 1)", "routing started again (pid 2)"]


def test_what_was_given_up_is_shown_with_its_log_and_tried_again_ever_later(
    scene: tuple[Scripted, Watch, io.StringIO],
) -> None:
    scripted, watch, said = scene
    tries = []
    for second in range(200):
        scripted.state, scripted.pid = State.FATAL, 0
        before = scripted.started
        watch.look(second)
        if scripted.started > before:
            tries.append(second)
            # It is tried and gives up once more.
            scripted.state = State.BACKOFF
            watch.look(second)
    assert tries == [10, 31, 72, 153]
    assert "the reason" in said.getvalue()
