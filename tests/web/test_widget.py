"""The chat as a widget of somebody else's page."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from gateway.settings import GatewaySettings
from gateway.web.routes import embedders
from tests.end_to_end.clients import Agent
from tests.platform import Platform
from tests.web.browser import PHONE, chromium, visitor
from tests.web.chat_page import BUSY, QUEUE, ChatPage


@contextmanager
def shop(gateway: str) -> Iterator[str]:
    """A page of another site, which allows itself no style and no script but the widget's."""
    body = f"""<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
<h1>Shop</h1><p>Things to buy.</p>
<script src="{gateway}/ui/widget.js" data-queue="{QUEUE}" data-language="en" data-color="#0a6c4a" async>
</script>"""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            policy = f"default-src 'none'; img-src data:; script-src {gateway}; frame-src {gateway}"
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_widget_on_a_foreign_page(platform: Platform) -> None:
    async def scenario(address: str) -> None:
        async with chromium() as browser, visitor(browser, platform.base_url) as one:
            before = await _globals(browser, platform)
            one.expected.append(BUSY)
            await one.page.goto(address)
            await one.page.wait_for_function("window.aiccChat")
            assert not set(await one.page.evaluate("Object.keys(window)")) - before - {"aiccChat"}
            await one.page.evaluate("aiccChat.open()")
            customer = ChatPage(one, await _frame(one.page, platform))
            session = await customer.begin("Kim")
            await customer.ask_for_a_person()
            with Agent(platform, "beta-3") as agent:
                contact = await asyncio.to_thread(agent.accept, session)
                await customer.write("hello")
                await expect(customer.page.locator(".tick.delivered")).to_be_visible()
                await one.picture("chat-widget")
                await customer.field.press("Escape")
                agent.say(type="message", session_id=session, message="are you there?")
                await _unread(one.page)
                await one.page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))  # type: ignore[arg-type]
                await one.page.evaluate("aiccChat.open()")
                await expect(customer.words).to_have_text(["hello", "are you there?"])
                assert await customer.page.evaluate("[innerWidth, innerHeight]") == list(PHONE)
                await one.picture("chat-widget-phone")
                agent.say(type="complete", contact_id=contact)

    with shop(platform.base_url) as address:
        asyncio.run(scenario(address))


async def _globals(browser: Browser, platform: Platform) -> set[str]:
    """Of a page that adds none."""
    page = await browser.new_page()
    await page.goto(f"{platform.base_url}/ui/shared/base.css")
    found = set(await page.evaluate("Object.keys(window)"))
    await page.close()
    return found


async def _frame(page: Page, platform: Platform) -> Frame:
    while not (found := [one for one in page.frames if one.url.startswith(f"{platform.base_url}/ui/chat")]):
        await page.wait_for_event("framenavigated")
    return found[0]


async def _unread(page: Page) -> None:
    """The button says so to a screen reader."""
    await expect(page.get_by_role("button", name="Open chat, 1 new message")).to_be_visible()


@pytest.mark.parametrize(
    ("profile", "origins", "allowed"),
    [
        ("local", "", "*"),
        ("production", "", "'self'"),
        ("local", "none", "'self'"),
        ("production", "*", "*"),
        (
            "production",
            "https://a.example, http://b.example:81/",
            "'self' https://a.example http://b.example:81",
        ),
    ],
)
def test_who_may_show_it_in_a_frame(profile: str, origins: str, allowed: str) -> None:
    assert embedders(GatewaySettings(profile=profile, widget_origins=origins)) == allowed
