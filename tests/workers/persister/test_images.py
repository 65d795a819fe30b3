"""Images of erased sessions go, and a store that is away holds nothing up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.objects import Stored, Unavailable, open_store
from runtime.objects.local import LocalObjects
from runtime.settings import Settings, parse_settings
from workers.persister.images import Images

ONE, TWO = "018bcfe5-6800-7003-8000-000000000001", "018bcfe5-6800-7003-8000-000000000002"


class Away(LocalObjects):
    """Answers nobody, at once or never."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__(Path("nowhere"))
        self._hangs = hangs

    async def list(self, folder: str = "") -> AsyncIterator[list[Stored]]:
        if self._hangs:
            await asyncio.Event().wait()
        if folder:
            raise Unavailable("away")
        yield []


def test_images_of_erased_sessions_alone_are_deleted(tmp_path: Path) -> None:
    store = open_store(parse_settings(Settings, {"AICC_VAR": str(tmp_path)}))

    async def scenario() -> list[str]:
        for session in (ONE, TWO):
            await store.put(f"{session}/a.png", b"x", "image/png")
        await Images(store).erase([ONE, "018bcfe5-6800-7003-8000-000000000003"])
        return [one.key async for lot in store.list() for one in lot]

    assert asyncio.run(scenario()) == [f"{TWO}/a.png"]


@pytest.mark.parametrize("hangs", [True, False])
def test_a_store_that_is_away_is_logged_and_left(hangs: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        asyncio.run(Images(Away(hangs=hangs), limit_s=0.05).erase([ONE, TWO]))
    assert "images of 2 erased sessions are left to `aicc-db retain`" in caplog.text
