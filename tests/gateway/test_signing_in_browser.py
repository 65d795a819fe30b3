"""Signing in by a provider in a real Chromium: there, back to the page that was asked for, out, and refused.

The pages are at localhost and the provider at 127.0.0.1: to a browser they are two sites."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, expect

from infra.stack import free_port
from tests.gateway.conftest import Servers
from tests.gateway.issuer import CLIENT, Issuer, issuing
from tests.gateway.process import GatewayProcess
from tests.web.browser import PHONE, Visitor, chromium, visitor

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        # With a minute the socket asks for a newer token at once, and a reload may cut that off.
        running.lasts_s = 3_600
        yield running


@pytest.fixture(scope="module")
def pages(servers: Servers, issuer: Issuer) -> Iterator[str]:
    """The address of a gateway's pages."""
    port = free_port()
    url = f"http://localhost:{port}"
    provider = {"oidc_issuer": issuer.url, "oidc_client_id": CLIENT, "public_url": url, "jwks_floor_s": 0.2}
    process = GatewayProcess(servers.environment, gateway_port=port, profile="production", **provider)
    process.port = port
    process.start()
    yield url
    process.stop()


async def signs_in_and_out(page: Page) -> None:
    """With one click each; who comes again finds nobody signed in."""
    await page.goto("/ui/agent?lang=en")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Ada")).to_be_visible()
    assert page.url.endswith("/ui/agent?lang=en")
    await page.reload()
    await expect(page.get_by_text("Ada")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out everywhere")).to_be_visible()
    await page.goto("/ui/agent?lang=en")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()


async def lands_where_it_was(page: Page) -> None:
    """Also behind a #; what an agent may not do is said there."""
    await page.goto("/ui/admin?lang=en#bot")
    await page.get_by_role("link", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("You are not allowed to do this.")
    assert page.url.endswith("/ui/admin?lang=en#bot")


async def is_turned_away(one: Visitor, title: str, again: str, picture: str) -> None:
    """By the provider: in the browser's language, with a way to try again, and no wider than the screen."""
    await one.page.goto("/auth/login?next=/ui/agent")
    await expect(one.page.get_by_role("heading", name=title)).to_be_visible()
    await expect(one.page.get_by_role("alert")).not_to_be_empty()
    await expect(one.page.get_by_role("link", name=again)).to_be_visible()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await one.picture(picture)


async def is_nobody_here(page: Page) -> None:
    """Known to the provider and not to the platform."""
    await page.get_by_role("link", name="Sign in again").click()
    await expect(page.get_by_text("You are not set up as an agent")).to_be_visible()


def test_a_browser_signs_in_comes_back_signs_out_and_is_refused(pages: str, issuer: Issuer) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(visitor(browser, pages))
            other = await stack.enter_async_context(visitor(browser, pages, size=PHONE))
            korean = await stack.enter_async_context(visitor(browser, pages, language="ko"))
            for here in (one, other, korean):
                # The provider's own page has no icon.
                here.expected += ["status of 401", "status of 403", "favicon.ico"]
            await signs_in_and_out(one.page)
            await asyncio.sleep(1.1)  # a signing out holds for all of its second
            await lands_where_it_was(one.page)
            issuer.refuses = True
            await is_turned_away(korean, "로그인하지 못했습니다", "다시 로그인", "turned-away")
            await is_turned_away(other, "You are not signed in", "Sign in again", "turned-away-phone")
            issuer.refuses, issuer.sub = False, "nobody"
            await is_nobody_here(other.page)

    asyncio.run(scenario())
