"""A real Chromium for tests of pages; what its console complains of fails the test."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from infra.paths import VAR

PICTURES = VAR / "test" / "pictures"
DESKTOP, PHONE = (1280, 800), (360, 740)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium, headless. Fails where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is missing: `make setup` installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """Somebody at one page: a browser context of their own. `complaints` are errors of its console."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context, self.page = context, page
        self.complaints: list[str] = []
        self.expected: list[str] = []
        """Parts of complaints that belong to what the test does, as cutting the network."""

        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error.name}: {error.message}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    async def picture(self, name: str) -> Path:
        """Of the page as it is now, kept as an artefact of the test."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")
        return PICTURES / f"{name}.png"

    def check(self) -> None:
        """Fails on what the console has said."""
        unexpected = [one for one in self.complaints if not any(part in one for part in self.expected)]
        assert not unexpected, unexpected


@asynccontextmanager
async def visitor(
    browser: Browser, base_url: str, *, language: str = "en", size: tuple[int, int] = DESKTOP
) -> AsyncIterator[Visitor]:
    """A new visitor, with an empty page; at the end its console must have said nothing."""
    width, height = size
    context = await browser.new_context(
        base_url=base_url,
        locale={"ko": "ko-KR", "en": "en-US"}[language],
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(20_000)
    try:
        one = Visitor(context, await context.new_page())
        yield one
        one.check()
    finally:
        await context.close()
