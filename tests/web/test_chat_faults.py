"""The customer's chat while the network or the gateway is away: nothing is lost, nothing is said twice."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.end_to_end.clients import Agent
from tests.platform import Platform
from tests.web.browser import chromium
from tests.web.chat_page import ChatPage, chat_page

pytestmark = pytest.mark.faults


def test_a_cut_network_and_a_restarted_gateway(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser, chat_page(browser, platform) as customer:
            customer.visitor.expected += ["net::ERR_", "WebSocket", "503"]
            session = await customer.begin()
            await customer.write("before")
            await customer.ask_for_a_person()
            with Agent(platform, "beta-4") as agent:
                contact = await asyncio.to_thread(agent.accept, session)
                await _while_offline(customer)
                agent.say(type="message", session_id=session, message="still here")
                await expect(customer.words).to_have_text(["before", "on the train", "second", "still here"])
            await _while_the_gateway_is_away(customer, platform)
            with Agent(platform, "beta-4") as agent:
                texts = ["before", "on the train", "second", "still here", "third", "fourth"]
                await expect(customer.words).to_have_text(texts)
                await expect(customer.pending).to_have_count(0)
                agent.say(type="complete", contact_id=contact)
                await expect(customer.page.locator(".over")).to_be_visible()

    asyncio.run(scenario())


async def _while_offline(customer: ChatPage) -> None:
    bar = customer.page.locator(".bar .notice")
    await customer.visitor.context.set_offline(True)
    await expect(bar).to_be_visible()
    for text in ("on the train", "second"):
        await customer.write(text)
    await expect(customer.pending).to_have_count(2)
    await customer.visitor.picture("chat-offline")
    await customer.visitor.context.set_offline(False)
    await expect(bar).to_have_count(0)
    await expect(customer.pending).to_have_count(0)


async def _while_the_gateway_is_away(customer: ChatPage, platform: Platform) -> None:
    gateway = platform.services["gateway-0"]
    await asyncio.to_thread(gateway.stop)
    try:
        await expect(customer.page.locator(".bar .notice")).to_be_visible()
        for text in ("third", "fourth"):
            await customer.write(text)
        await expect(customer.pending).to_have_count(2)
    finally:
        gateway.start()
        await platform.ready()
