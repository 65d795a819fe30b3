"""An agent's page and a customer for tests of the desk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from playwright.async_api import Browser, Locator, Page, expect

from loadgen.settings import agent_token
from tests.platform import DESK_PARTITION, Platform
from tests.waiting import until
from tests.web.browser import DESKTOP, Visitor, visitor

_STILL_S = 6.0
expect.set_options(timeout=20_000)


def token_of(platform: Platform, agent_id: str) -> str:
    return agent_token(platform.secret, agent_id, "pool-desk", DESK_PARTITION)


@asynccontextmanager
async def seated(
    browser: Browser,
    platform: Platform,
    agent_id: str,
    *,
    language: str = "en",
    size: tuple[int, int] = DESKTOP,
) -> AsyncIterator[Visitor]:
    """An agent at the desk, routable."""
    async with visitor(browser, platform.base_url, language=language, size=size) as one:
        token = token_of(platform, agent_id)
        await one.context.add_init_script(f"sessionStorage.setItem('aicc-token', '{token}')")
        await one.page.goto("/ui/agent")
        await routable(one.page)
        yield one


async def routable(page: Page) -> None:
    """Waits until the pool has said that the agent is there."""
    presence = page.get_by_label("Your presence").or_(page.get_by_label("내 상태"))
    await expect(presence).to_have_value("routable")
    await expect(presence).to_be_enabled()


def chat_with(page: Page, name: str) -> Locator:
    """The column of that customer."""
    return page.locator("section.chat", has=page.locator("h2", has_text=name))


class Customer:
    """Who writes by calls."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient, session: str) -> None:
        self._platform, self._client, self.session = platform, client, session

    @classmethod
    @asynccontextmanager
    async def asking(cls, platform: Platform, name: str, *words: str) -> AsyncIterator["Customer"]:
        """Has written these words and asks for a person."""
        async with httpx.AsyncClient(base_url=platform.base_url, timeout=30) as client:
            started = await client.post("/chat/start", json={"customer_id": name, "customer_name": name})
            one = cls(platform, client, started.raise_for_status().json()["session_id"])
            for text in words:
                await one.say(text)
            asked = await client.post("/agent/connect", json={"session_id": one.session, "queue": "desk"})
            asked.raise_for_status()
            staying = asyncio.create_task(one._stay())
            try:
                yield one
            finally:
                staying.cancel()

    async def _stay(self) -> None:
        """Who says nothing for a while counts as gone, and this machine may be slow."""
        while True:
            await asyncio.sleep(_STILL_S)
            with suppress(httpx.HTTPError):
                await self.say("…")

    async def say(self, text: str) -> None:
        """Raises where it is refused."""
        said = await self._client.post("/chat/message", json={"session_id": self.session, "message": text})
        said.raise_for_status()

    async def end(self) -> None:
        """Leaves."""
        (await self._client.post("/chat/end", json={"session_id": self.session})).raise_for_status()

    async def heard(self) -> list[dict[str, Any]]:
        """The transcript as a customer sees it."""
        answer = await self._client.get(f"/chat/{self.session}/messages", params={"limit": 100})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found

    async def hears(self, text: str) -> None:
        """Waits for an agent's message."""

        async def said() -> bool:
            return text in [one["text"] for one in await self.heard() if one["role"] == "agent"]

        await until(said, 20, f"nobody said {text!r}", every_s=0.2)

    async def stored(self) -> dict[str, Any]:
        """The consultation once it is closed in Postgres."""
        found: list[dict[str, Any]] = []

        async def closed() -> bool:
            answer = await self._client.get("/consultation/history", params={"session_id": self.session})
            found[:] = answer.raise_for_status().json()["items"]
            return bool(found) and found[0]["state"] == "closed"

        await until(closed, 30, "the consultation is not closed", every_s=0.2)
        return found[0]


async def first_of(*locators: Locator) -> int:
    """Which of them is visible first."""
    tasks = [asyncio.create_task(one.first.wait_for()) for one in locators]
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return tasks.index(done.pop())
