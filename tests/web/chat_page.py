"""The customer's chat as tests use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Frame, Page, expect

from tests.platform import Platform
from tests.web.browser import PHONE, Visitor, visitor

QUEUE = "beta"
SOON_MS = 30_000
BUSY = "503 (Service Unavailable)"
"""Of a call with a key that was not answered within a second: a slow machine's, and the page asks again."""

expect.set_options(timeout=SOON_MS)


class ChatPage:
    """One customer at the chat, on the page or in the widget's frame."""

    def __init__(self, visitor: Visitor, page: Page | Frame) -> None:
        self.visitor, self.page = visitor, page
        self.field = page.locator("#message")
        self.words = page.locator(".said .words")
        self.pending = page.locator(".pending")

    async def begin(self, name: str = "") -> str:
        """Starts a chat; the session's id."""
        await self.page.locator("input[name=name]").fill(name)
        page = self.visitor.page
        async with page.expect_response(lambda one: one.url.endswith("/chat/start") and one.ok) as begun:
            await self.page.locator(".start button").click()
        await expect(self.field).to_be_focused()
        return str((await (await begun.value).json())["session_id"])

    async def write(self, text: str) -> None:
        """Types it and sends it with Enter."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def ask_for_a_person(self) -> None:
        """By the button."""
        await self.page.locator(".queue button").click()

    async def said(self) -> list[str]:
        """All texts of the conversation, as shown."""
        found = await self.words.evaluate_all("all => all.map(one => one.textContent)")
        return [str(text) for text in found]


@asynccontextmanager
async def chat_page(
    browser: Browser, platform: Platform, *, language: str = "en", size: tuple[int, int] = PHONE
) -> AsyncIterator[ChatPage]:
    """A customer who has opened the page."""
    async with visitor(browser, platform.base_url, language=language, size=size) as one:
        one.expected.append(BUSY)
        await one.page.goto(f"/ui/chat?queue={QUEUE}")
        yield ChatPage(one, one.page)
