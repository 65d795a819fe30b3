"""The customer's chat while the network or the gateway is away: nothing is lost, nothing is said twice."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.end_to_end.clients import Agent
from tests.platform import Platform
from tests.web.browser import chromium
from tests.web.chat_page import ChatPage, chat_page

pytestmark = pytest.mark.faults


def test_a_killed_gateway_and_a_cut_network(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser, chat_page(browser, platform) as customer:
            customer.visitor.expected += ["net::ERR_", "WebSocket"]
            session = await customer.begin()
            await customer.write("before")
            await expect(customer.page.locator(".tick.sent")).to_be_visible()
            await _while_the_gateway_is_away(customer, platform)
            await customer.ask_for_a_person()
            with Agent(platform, "beta-4") as agent:
                contact = await asyncio.to_thread(agent.accept, session)
                await _while_offline(customer)
                agent.say(type="message", session_id=session, message="still here")
                texts = ["before", "second", "third", "on the train", "in a tunnel", "still here"]
                await expect(customer.words).to_have_text(texts)
                agent.say(type="complete", contact_id=contact)
                await expect(customer.page.locator(".over")).to_be_visible()

    asyncio.run(scenario())


async def _while_offline(customer: ChatPage) -> None:
    bar = customer.page.locator(".bar .notice")
    await customer.visitor.context.set_offline(True)
    await expect(bar).to_be_visible()
    for text in ("on the train", "in a tunnel"):
        await customer.write(text)
    await expect(customer.pending).to_have_count(2)
    await customer.visitor.picture("chat-offline")
    await customer.visitor.context.set_offline(False)
    await expect(bar).to_have_count(0)
    await expect(customer.pending).to_have_count(0)


async def _while_the_gateway_is_away(customer: ChatPage, platform: Platform) -> None:
    """Killed, it is started again by who watches it."""
    platform.services["gateway-0"].kill()
    await expect(customer.page.locator(".bar .notice")).to_be_visible()
    for text in ("second", "third"):
        await customer.write(text)
    await platform.ready()
    await expect(customer.pending).to_have_count(0)
