"""The administrator's forms of canned answers, dispositions and hours of a flow, on a pool of its own."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from playwright.async_api import Page, expect

from tests.platform import Platform
from tests.web.browser import PHONE, Visitor, chromium, visitor
from tests.web.pools import pool_of_its_own, published
from tests.web.test_admin_flows import is_applied

expect.set_options(timeout=20_000)
POOL, FLOW = "zz-web-answers", "zz-short"
FIRST: dict[str, Any] = {
    "pool": POOL,
    "partition": 3,
    "queues": [{"name": "zz-answers"}],
    "dispositions": ["해결"],
    "canned_answers": [{"title": "인사", "text": {"ko": "안녕하세요", "fr": "Bonjour"}}],
    "flows": [
        {
            "name": FLOW,
            "version": 1,
            "start": "hours",
            "hours": [{"name": "desk", "zone": "Asia/Seoul", "weekly": {"mon": ["09:00-18:00"]}}],
            "nodes": {
                "hours": {"kind": "hours", "hours": "desk", "open": "bye", "closed": "bye"},
                "bye": {"kind": "end", "prompt": "Bye"},
            },
        }
    ],
}


async def writes_answers(page: Page) -> None:
    """With keys alone; a second shortcut of one name is told at once, with its path."""
    await page.get_by_role("button", name="답변 추가").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    for label, text in (
        ("제목", "배송 <b>조회</b>"),
        ("단축어", "배송"),
        ("한국어 문구", "{customer_name}님"),
        ("영어 문구", "Dear"),
    ):
        await dialog.get_by_label(label).focus()
        await page.keyboard.insert_text(text)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("cell", name="배송 <b>조회</b>", exact=True)).to_be_visible()
    await page.get_by_role("button", name="인사 편집").click()
    await dialog.get_by_label("fr 문구").fill("Salut")
    await dialog.get_by_label("단축어").fill("배송")
    await dialog.get_by_role("button", name="확인", exact=True).click()
    section = page.get_by_role("region", name="자주 쓰는 답변")
    await expect(section.locator("p.bad")).to_contain_text("canned_answers")
    await page.get_by_role("button", name="인사 편집").click()
    await dialog.get_by_label("단축어").fill("hi")
    await dialog.get_by_role("button", name="확인", exact=True).click()
    await expect(section.locator("p.bad")).to_have_count(0)


async def says_how_it_went(page: Page) -> None:
    """One more, which is moved to the front; one that is there already is refused."""
    section = page.get_by_role("region", name="처리 결과")
    box = section.get_by_label("새 처리 결과")
    await box.fill("해결")
    await box.press("Enter")
    await expect(section.get_by_role("alert")).to_be_visible()
    await box.fill("환불")
    await box.press("Enter")
    await section.get_by_role("button", name="환불 위로").click()
    await expect(section.locator("li .named")).to_have_text(["환불", "해결"])


async def sets_own_hours(page: Page) -> None:
    """Of the flow, which gets its next version by it; hours that a step needs are missed at once."""
    await page.get_by_role("button", name="통화 흐름").click()
    await page.get_by_text("이 흐름만의 운영 시간").first.click()
    section = page.get_by_role("region", name="이 흐름만의 운영 시간")
    await section.get_by_role("button", name="desk 편집").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("화").fill("10:00-25:00")
    await dialog.get_by_role("button", name="확인", exact=True).click()
    await expect(section.locator("p.bad")).to_contain_text(f"flows[{FLOW}].hours[desk]")
    await section.get_by_role("button", name="desk 편집").click()
    await dialog.get_by_label("화").fill("10:00-17:00")
    await dialog.get_by_role("button", name="확인", exact=True).click()
    await expect(section.locator("p.bad")).to_have_count(0)


async def looked_at(one: Visitor, tab: str, picture: str) -> None:
    """Not wider than a phone."""
    await one.page.goto(f"/ui/admin?lang=en&pool={POOL}#{tab}")
    await one.page.locator("section.card h2").first.wait_for()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
    await one.picture(picture)


def test_answers_dispositions_and_own_hours_are_changed_by_forms(platform: Platform) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(visitor(browser, platform.base_url, language="ko"))
            small = await stack.enter_async_context(visitor(browser, platform.base_url, size=PHONE))
            one.expected.append("status of 422")
            await one.page.goto(f"/ui/admin?pool={POOL}#answers")
            await writes_answers(one.page)
            await says_how_it_went(one.page)
            await one.picture("admin-answers")
            await sets_own_hours(one.page)
            await one.picture("admin-own-hours")
            paths = await is_applied(one.page)
            assert {"dispositions", "canned_answers[배송 <b>조회</b>]", f"flows[{FLOW}].version"} <= set(
                paths
            ), paths
            found = published(platform, POOL)
            assert found["dispositions"] == ["환불", "해결"]
            assert found["canned_answers"] == [
                {"title": "인사", "text": {"ko": "안녕하세요", "fr": "Salut"}, "shortcut": "hi"},
                {
                    "title": "배송 <b>조회</b>",
                    "text": {"ko": "{customer_name}님", "en": "Dear"},
                    "shortcut": "배송",
                },
            ]
            weekly = {"mon": ["09:00-18:00"], "tue": ["10:00-17:00"]}
            assert (found["flows"][0]["version"], found["flows"][0]["hours"][0]["weekly"]) == (2, weekly)
            await looked_at(small, "answers", "admin-answers-phone")

    with pool_of_its_own(platform, FIRST):
        asyncio.run(scenario())
