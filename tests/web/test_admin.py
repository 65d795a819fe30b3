"""The administrator's page, on a pool of the test's own."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from playwright.async_api import Page, expect

from tests.end_to_end.clients import call
from tests.platform import Platform
from tests.waiting import until
from tests.web.browser import PHONE, PICTURES, Visitor, chromium, visitor
from tests.web.pools import pool_of_its_own, published, put
from tests.web.test_supervisor import LIMIT, weigh

expect.set_options(timeout=20_000)
POOL = "zz-web-admin"
FIRST: dict[str, Any] = {
    "pool": POOL,
    "partition": 3,
    "skills": ["영어"],
    "queues": [{"name": "zz-web-one"}, {"name": "zz-web-two"}],
    "agents": [{"id": "zz-web-kim", "name": "김 <i>민지</i>", "queues": ["zz-web-one"]}],
}


def stored(platform: Platform, versions: int) -> bool:
    """Whether the audit has so many versions."""
    found = call(platform, "GET", f"/admin/config/audit?pool={POOL}")
    return found.status == 200 and len(found.body["items"]) >= versions


async def change(page: Page, queue: str, seconds: str) -> None:
    """A queue's wrap-up in its form."""
    await page.get_by_role("button", name=f"{queue} 편집").click()
    await page.get_by_label("후처리 시간(초)").fill(seconds)
    await page.get_by_role("button", name="확인", exact=True).click()
    await page.get_by_role("button", name="변경 내용 확인").click()


async def applies(page: Page, platform: Platform) -> None:
    """The difference is shown, then applied, with who did it."""
    await page.get_by_label("내 이름").fill("김관리")
    await page.keyboard.press("Tab")
    await change(page, "zz-web-one", "77")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("rowheader")).to_have_text("queues[zz-web-one].wrap_up_s")
    await expect(dialog.locator("pre.old")).to_have_text("30.0")
    await expect(dialog.locator("pre.new")).to_have_text("77.0")
    assert published(platform, POOL)["queues"] == FIRST["queues"]
    await page.screenshot(path=PICTURES / "admin.png")
    await dialog.get_by_role("button", name="적용").click()
    await expect(page.get_by_text("(으)로 적용했습니다.")).to_be_visible()
    assert published(platform, POOL)["queues"][0] == {"name": "zz-web-one", "wrap_up_s": 77.0}


async def meets_another(page: Page, platform: Platform) -> None:
    """Somebody publishes meanwhile: both changes are put together."""
    theirs = {**published(platform, POOL), "lease_grace_s": 44.0}
    put(platform, {name: value for name, value in theirs.items() if name != "version"})
    await change(page, "zz-web-two", "88")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("그사이 다른 사람이 바꿨습니다")
    await expect(dialog).to_contain_text("lease_grace_s")
    await dialog.get_by_role("button", name="내 변경과 합치기").click()
    await expect(dialog.get_by_role("rowheader")).to_have_text("queues[zz-web-two].wrap_up_s")
    await dialog.get_by_role("button", name="적용").click()
    await expect(page.get_by_text("(으)로 적용했습니다.")).to_be_visible()
    found = published(platform, POOL)
    assert (found["lease_grace_s"], [queue["wrap_up_s"] for queue in found["queues"]]) == (44.0, [77.0, 88.0])


async def is_told_what_is_wrong(page: Page) -> None:
    """Errors come with their path; text that is no JSON is told apart."""
    await page.get_by_role("button", name="원문").click()
    box = page.get_by_role("textbox", name="원문")
    await box.fill("{")
    await page.get_by_role("button", name="검사").click()
    await expect(page.get_by_role("alert")).to_contain_text("JSON을 읽을 수 없습니다")
    await page.get_by_label("부분").select_option("queues")
    await box.fill('[{"name": "zz-web-one", "hours": "never"}, {"name": "zz-web-two"}]')
    await page.get_by_role("button", name="검사").click()
    await expect(page.get_by_role("alert")).to_contain_text("queues[zz-web-one].hours")


async def goes_back(page: Page, platform: Platform, version: int) -> None:
    """To the first version, by what the audit has of it."""
    await until(lambda: stored(platform, 4), 15, "the versions are not stored")
    await page.get_by_role("button", name="버전").click()
    await expect(page.get_by_text("김관리").first).to_be_visible()
    await page.locator(f"[data-version='{version}']").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("lease_grace_s")
    await dialog.get_by_role("button", name="적용").click()
    await expect(page.get_by_text("(으)로 적용했습니다.")).to_be_visible()
    found = published(platform, POOL)
    assert {name: value for name, value in found.items() if name != "version"} == FIRST


async def on_a_phone(one: Visitor) -> None:
    """Nothing is wider than the screen, and names are text."""
    await one.page.goto(f"/ui/admin?lang=en&pool={POOL}#agents")
    await expect(one.page.get_by_text("김 <i>민지</i>")).to_be_visible()
    assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await one.picture("admin-phone")


def test_an_administrator_changes_compares_and_goes_back(platform: Platform) -> None:
    async def scenario(first: int) -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(visitor(browser, platform.base_url, language="ko"))
            small = await stack.enter_async_context(visitor(browser, platform.base_url, size=PHONE))
            one.expected += ["status of 412", "status of 422"]
            sizes = await weigh(one.page)
            await one.page.goto(f"/ui/admin?pool={POOL}")
            await applies(one.page, platform)
            await meets_another(one.page, platform)
            await is_told_what_is_wrong(one.page)
            await on_a_phone(small)
            await goes_back(one.page, platform, first)
            assert 0 < sum(sizes) < LIMIT, sizes

    with pool_of_its_own(platform, FIRST) as first:
        asyncio.run(scenario(first))
