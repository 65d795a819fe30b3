"""The supervisor's page, with contacts that are made over the API while somebody looks."""

import asyncio
import csv
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page, Request, expect

from tests.end_to_end.clients import Reply, call, history, post, post_as
from tests.platform import Platform
from tests.waiting import until
from tests.web.browser import PHONE, Visitor, chromium, visitor

expect.set_options(timeout=20_000)
POOL, QUEUE, AGENT = "pool-support", "support", "support-31"
SAID = "환불은 언제 되나요 <b>bold</b>"
LIMIT = 100_000
"""Bytes that a page may transfer."""


class Contact(NamedTuple):
    """A customer of the test's own who waits for an agent."""

    session: str
    customer: str

    @property
    def id(self) -> str:
        """The first contact of the session."""
        return f"{self.session}.1"


def waits(platform: Platform, customer: str) -> Contact:
    """The contact of a customer who has written and asked for a person."""
    begun = post(platform, "/chat/start", customer_id=customer, message=SAID)
    session = str(begun.body["session_id"])
    asked = post(platform, "/agent/connect", session_id=session, queue=QUEUE)
    assert (asked.status, asked.body["status"]) == (200, "queued"), asked
    return Contact(session, customer)


def takes(platform: Platform, contact: Contact, epoch: int) -> Reply:
    """The agent accepts the offer."""
    return post_as(platform, AGENT, "/agent/accept", contact_id=contact.id, offer_epoch=epoch)


async def button(page: Page, name: str, contact: Contact) -> None:
    """Presses a button in the contact's row."""
    await page.locator(f"[data-contact='{contact.id}']").get_by_text(name, exact=True).click()


async def follow(page: Page, platform: Platform) -> Contact:
    """Numbers appear, a contact is explained, made more urgent and given to an agent, all by the page."""
    contact = waits(platform, "sup-김민수")
    row = page.locator(f"[data-contact='{contact.id}']")
    await expect(row).to_contain_text("sup-김민수")
    await expect(page.locator("tbody tr", has_text=QUEUE).first).to_contain_text(QUEUE)
    await button(page, "대기 이유", contact)
    await expect(page.get_by_role("dialog")).to_contain_text("접속하지 않음")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await button(page, "변경", contact)
    await page.get_by_role("dialog").get_by_role("combobox", name="우선순위").select_option("0")
    await page.get_by_role("button", name="우선순위 바꾸기").click()
    await expect(page.get_by_text("우선순위를 0(으)로 바꿨습니다.")).to_be_visible()
    await expect(row.locator("td").nth(3)).to_have_text("0")
    return contact


async def given(page: Page, platform: Platform, contact: Contact) -> None:
    """The agent comes, is offered the contact and takes it; the page shows each step."""
    assert post_as(platform, AGENT, "/agent/presence", presence="routable").status == 200
    await expect(page.locator(f"[data-agent='{AGENT}']")).to_be_visible()
    await expect(page.locator(f"[data-contact='{contact.id}']")).to_contain_text("제안 중")
    await until(lambda: takes(platform, contact, 1).status == 200, 10, "the offer is not taken")
    await expect(page.locator(f"[data-contact='{contact.id}']")).to_contain_text("상담 중")


async def heard(page: Page, platform: Platform, contact: Contact) -> None:
    """The conversation is opened, goes on while it is read, and the agent is whispered to."""
    await button(page, "보기", contact)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("실시간으로 보고 있습니다")).to_be_visible()
    await expect(dialog.get_by_role("log")).to_contain_text(SAID)
    post(platform, "/chat/message", session_id=contact.session, message="여보세요?")
    await expect(dialog.get_by_role("log")).to_contain_text("여보세요?")
    await dialog.get_by_label("귓속말").fill("천천히 안내하세요")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("log")).to_contain_text("천천히 안내하세요")
    told = post_messages(platform, contact)
    assert "천천히" not in str(told)
    assert any(one.get("kind") == "hidden" for one in told)
    await page.keyboard.press("Escape")


def post_messages(platform: Platform, contact: Contact) -> list[dict[str, object]]:
    """What the customer gets."""
    return list(call(platform, "GET", f"/chat/{contact.session}/messages?limit=100").body["items"])


async def away(page: Page) -> None:
    """The agent's presence is said for it."""
    await page.locator(f"[data-agent='{AGENT}']").get_by_role("button").click()
    await page.get_by_role("radio", name="자리 비움").check()
    await page.get_by_label("이유").fill("교육")
    await page.get_by_role("button", name="상태 바꾸기").click()
    await expect(page.get_by_text("자리 비움(으)로 바꿨습니다.")).to_be_visible()


async def found(page: Page, contact: Contact, keep: Path) -> None:
    """History knows it by the words that were said, and gives it out as a file."""
    await page.get_by_role("button", name="상담 이력").click()
    await page.get_by_label("대화에 나온 말").fill("환불")
    await page.get_by_label("고객", exact=True).fill(contact.customer)
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr").first).to_contain_text(SAID)
    await page.locator("tbody tr").first.get_by_role("button").click()
    await expect(page.get_by_role("dialog").get_by_role("log")).to_contain_text(SAID)
    await page.keyboard.press("Escape")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="CSV로 내보내기").click()
    await (await coming.value).save_as(keep)
    with keep.open(encoding="utf-8-sig", newline="") as file:
        assert contact.session in {row["session_id"] for row in csv.DictReader(file)}


async def weigh(page: Page) -> list[int]:
    """The sizes of what the page fetches of its own files, as they come."""
    sizes: list[int] = []

    async def done(request: Request) -> None:
        if "/ui/" in request.url:
            spent = await request.sizes()
            sizes.append(spent["responseBodySize"] + spent["responseHeadersSize"])

    page.on("requestfinished", done)
    return sizes


async def on_a_phone(one: Visitor) -> None:
    """Nothing is wider than the screen, and nothing is lost."""
    await one.page.goto("/ui/supervisor?lang=en")
    await expect(one.page.get_by_role("heading", name="Waiting contacts")).to_be_visible()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await one.picture("supervisor-phone")


def test_a_supervisor_follows_and_changes_what_goes_on(platform: Platform, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(visitor(browser, platform.base_url, language="ko"))
            small = await stack.enter_async_context(visitor(browser, platform.base_url, size=PHONE))
            page = one.page
            sizes = await weigh(page)
            await page.goto(f"/ui/supervisor?pool={POOL}")
            await expect(page.get_by_role("heading", name="대기 중인 상담")).to_be_visible()
            contact = await follow(page, platform)
            try:
                await given(page, platform, contact)
                await heard(page, platform, contact)
                await away(page)
                await one.picture("supervisor")
                await on_a_phone(small)
                await until(lambda: bool(history(platform, contact.session)), 10, "it is not stored")
                await found(page, contact, tmp_path / "all.csv")
            finally:
                post(platform, "/chat/end", session_id=contact.session)
                post_as(platform, AGENT, "/agent/complete", contact_id=contact.id)
                post_as(platform, AGENT, "/agent/presence", presence="offline")
            assert 0 < sum(sizes) < LIMIT, sizes

    asyncio.run(scenario())
