"""PostgreSQL never runs as root, wherever the checkout lies."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.paths import JARS
from infra.stack import LocalStack, unprivileged
from infra.stack.local import tail


def starts(var: Path) -> None:
    stack = LocalStack.at(var, JARS)
    try:
        running = stack.launch("postgres")
        running.wait_ready()
        assert "root" not in tail(running.log)
    finally:
        stack.stop()


def test_below_a_directory_that_only_its_owner_enters(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    starts(closed / "var")


def any_user_is_as_is(tmp_path: Path, _: pytest.MonkeyPatch) -> None:
    assert unprivileged.choose(tmp_path) == unprivileged.Unprivileged((), tmp_path / "data")


def a_user_namespace_makes_root_someone_else(tmp_path: Path, _: pytest.MonkeyPatch) -> None:
    chosen = unprivileged.choose(tmp_path)
    done = subprocess.run((*chosen.prefix, "id", "-u"), capture_output=True, text=True, check=True)
    assert done.stdout.strip() != "0"


def without_user_namespaces_debians_user_keeps_the_data_where_it_can_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "namespaces_permitted", lambda: False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    chosen = unprivileged.choose(tmp_path / "closed" / "postgres")
    assert chosen.user == "postgres"
    assert chosen.prefix[0] == "setpriv"
    assert chosen.data.parent in (tmp_path, tmp_path / "closed" / "postgres")


WAYS = (
    (
        a_user_namespace_makes_root_someone_else,
        without_user_namespaces_debians_user_keeps_the_data_where_it_can_reach_it,
    )
    if os.geteuid() == 0
    else (any_user_is_as_is,)
)


@pytest.mark.parametrize("way", WAYS)
def test_whoever_starts_it(
    way: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way(tmp_path, monkeypatch)
