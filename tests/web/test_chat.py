"""The customer's chat in a real browser: a whole contact, texts that must stay texts."""

import asyncio
import gzip
import json
from pathlib import Path

import httpx
from playwright.async_api import Page, expect

from tests.end_to_end.clients import Agent, call
from tests.platform import Platform
from tests.web.browser import chromium
from tests.web.chat_page import BUSY, ChatPage, chat_page
from tests.web.test_assets import LIMIT
from tests.web.texts import HOSTILE

_COMPOSED = """field => {
  const press = (isComposing) => field.dispatchEvent(new KeyboardEvent('keydown', {
    key: 'Enter', keyCode: isComposing ? 229 : 13, isComposing, bubbles: true, cancelable: true }));
  field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
  for (const text of ['ㅎ', '하', '한', '한그', '한글']) {
    field.value = text;
    field.dispatchEvent(new InputEvent('input', { isComposing: true, bubbles: true }));
  }
  press(true);
  const kept = field.value;
  field.dispatchEvent(new CompositionEvent('compositionend', { data: '한글', bubbles: true }));
  press(false);
  return [kept, field.value];
}"""
_WIDE = "() => document.documentElement.scrollWidth > innerWidth"
_STRANGE = """() => document.querySelectorAll(
  '#page :is(script, img, svg, iframe, style, base, meta, b, details)').length"""
_LOADED = "performance.getEntriesByType('resource').map(one => one.name)"


def test_a_whole_contact_in_korean_with_a_reload_in_the_middle(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser, chat_page(browser, platform, language="ko") as customer:
            session = await customer.begin("김하늘")
            shown = await customer.field.evaluate(_COMPOSED)
            assert shown == ["한글", ""], "Enter within a composition has sent it"
            await expect(customer.page.locator(".tick.sent")).to_be_visible()
            await customer.field.fill("두 줄")
            await customer.field.press("Shift+Enter")
            await customer.field.press_sequentially("메시지")
            await customer.field.press("Enter")
            await customer.ask_for_a_person()
            await expect(customer.page.locator(".place")).to_contain_text("다음 차례")
            with Agent(platform, "beta-1") as agent:
                contact = await asyncio.to_thread(agent.accept, session)
                await _talk(customer, agent, session)
                agent.say(type="complete", contact_id=contact, disposition="solved")
                await expect(customer.page.locator(".over")).to_be_visible()
            await _close(customer, platform, session)

    asyncio.run(scenario())


async def _talk(customer: ChatPage, agent: Agent, session: str) -> None:
    page = customer.page
    assert isinstance(page, Page)
    await expect(page.locator(".standing")).to_contain_text("Beta 1")
    agent.say(type="typing", session_id=session)
    await expect(page.locator(".dots")).to_be_visible()
    agent.say(type="message", session_id=session, message="무엇을 도와드릴까요?", message_id="a1")
    await expect(page.locator(".said:not(.mine) .words")).to_have_text("무엇을 도와드릴까요?")
    await customer.field.fill("아직 쓰는 중")
    await page.reload()
    await expect(customer.words).to_have_text(["한글", "두 줄\n메시지", "무엇을 도와드릴까요?"])
    assert await customer.field.input_value() == "아직 쓰는 중"
    await expect(page.locator(".standing")).to_contain_text("Beta 1")
    await customer.write("배송이 늦어요")
    await asyncio.to_thread(lambda: agent.transcript(text="배송이 늦어요", role="customer"))
    await expect(page.locator(".said.mine").last.locator(".tick.delivered")).to_be_visible()
    agent.say(type="message", session_id=session, message="확인했습니다", message_id="a2")
    await expect(page.locator(".tick.seen")).to_have_count(3)
    await customer.visitor.picture("chat-phone-ko")
    assert not await page.evaluate(_WIDE)


async def _close(customer: ChatPage, platform: Platform, session: str) -> None:
    page = customer.page
    assert isinstance(page, Page)
    await page.locator(".stars label").nth(3).click()
    await expect(page.get_by_role("radio", name="5점 만점에 4점")).to_be_checked()
    await page.locator("textarea[name=comment]").fill("친절했어요")
    await page.get_by_role("button", name="평가 보내기").click()
    await expect(page.locator(".over [role=status]")).to_be_visible()
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="대화 내려받기").click()
    file = Path(await (await saved.value).path())
    assert "배송이 늦어요" in await asyncio.to_thread(file.read_text)
    seqs = [one["seq"] for one in call(platform, "GET", f"/chat/{session}/messages?limit=100").body["items"]]
    assert seqs == list(range(1, len(seqs) + 1))
    await customer.visitor.picture("chat-over-ko")
    await page.get_by_role("button", name="새 상담 시작").click()
    await expect(page.locator(".start")).to_be_visible()


def test_what_anybody_types_is_shown_as_text(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser, chat_page(browser, platform) as customer:
            page = customer.page
            assert isinstance(page, Page)
            customer.visitor.expected.append("429")
            dialogs: list[str] = []
            page.on("dialog", lambda dialog: dialogs.append(dialog.message))
            session = await customer.begin("<b>Eve</b>")
            for text in HOSTILE:
                await customer.write(text)
            await customer.ask_for_a_person()
            with Agent(platform, "beta-2") as agent:
                contact = await asyncio.to_thread(agent.accept, session)
                await expect(customer.words).to_have_count(len(HOSTILE))
                for text in HOSTILE:
                    agent.say(type="message", session_id=session, message=text)
                await expect(customer.words).to_have_count(2 * len(HOSTILE))
                assert await customer.said() == [*HOSTILE, *HOSTILE]
                agent.say(type="complete", contact_id=contact)
            links = await page.locator(".words a").evaluate_all("all => all.map(one => [one.href, one.rel])")
            assert {href.partition(":")[0] for href, _ in links} <= {"https"}
            assert all("noopener" in rel for _, rel in links)
            assert not any("user:" in href or "202" in href for href, _ in links)
            assert await page.evaluate("() => window.hit") is None
            assert (dialogs, await page.evaluate(_STRANGE), await page.evaluate(_WIDE)) == ([], 0, False)

    asyncio.run(scenario())


def test_the_page_is_small(platform: Platform) -> None:
    async def scenario() -> list[str]:
        async with chromium() as browser, chat_page(browser, platform) as customer:
            await expect(customer.page.locator(".start")).to_be_visible()
            return list(await customer.page.evaluate(_LOADED))

    loaded = [f"{platform.base_url}/ui/chat", *asyncio.run(scenario())]
    with httpx.Client() as client:
        size = sum(len(gzip.compress(client.get(address).content, 9)) for address in loaded)
    assert len(loaded) > 5
    assert size < LIMIT // 2, f"{size} bytes"


def test_a_maintenance_is_read_before_the_chat_and_gone_after_it(platform: Platform) -> None:
    def turn(**body: object) -> None:
        raw = json.dumps({"reason": "test", **body}).encode()
        assert call(platform, "PUT", "/ops/switches/maintenance", raw).status == 200

    async def scenario() -> None:
        async with chromium() as browser, chat_page(browser, platform, language="ko") as customer:
            customer.visitor.expected.append(BUSY)
            told = customer.page.locator(".told")
            await expect(customer.page.locator(".start")).to_be_visible()
            await expect(told).to_have_text("")
            turn(on=True, value="en: Back at 4.\nko: 4시에 <b>다시</b> 엽니다.")
            await customer.page.locator(".start button").click()
            await expect(told).to_have_text("4시에 <b>다시</b> 엽니다.")
            await expect(customer.page.locator(".bad")).to_be_visible()
            turn(on=False)
            await customer.begin("김하늘")

    try:
        asyncio.run(scenario())
    finally:
        turn(on=False)
