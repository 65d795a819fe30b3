"""The ops page while load is offered and a consumer stands still."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from playwright.async_api import FloatRect, Page, expect

from loadgen.marking import marked
from loadgen.settings import LoadSettings
from schemas.topics import AUDIT
from tests.end_to_end.clients import call, post
from tests.faults import logs
from tests.platform import Platform
from tests.waiting import until
from tests.web.browser import PHONE, PICTURES, chromium, visitor
from tests.web.test_supervisor import LIMIT, weigh

expect.set_options(timeout=20_000)
PAUSE_S = 0.02


@asynccontextmanager
async def load(platform: Platform) -> AsyncIterator[list[str]]:
    """Chats that begin, and now and then one that asks for a person, until the block ends; their sessions."""
    sessions: list[str] = []
    stop = asyncio.Event()

    async def offer() -> None:
        while not stop.is_set():
            begun = await asyncio.to_thread(post, platform, "/chat/start", customer_id="ops", message="hi")
            sessions.append(str(begun.body["session_id"]))
            if len(sessions) % 10 == 1:
                await asyncio.to_thread(
                    post, platform, "/agent/connect", session_id=sessions[-1], queue="beta"
                )
            await asyncio.sleep(PAUSE_S)

    offering = asyncio.create_task(offer())
    try:
        yield sessions
    finally:
        stop.set()
        await offering
        for session in sessions[::10]:
            await asyncio.to_thread(post, platform, "/chat/end", session_id=session)


async def stands_still(page: Page, platform: Platform) -> None:
    """A consumer that is stopped is seen to be behind, and seen to catch up."""
    bad = re.compile("growing|stuck")
    row = page.locator("table.heat tbody tr", has_text="webhooks").first.locator(".badge")
    await expect(row).to_contain_text("ok")
    with platform.services["webhooks-0"].paused():
        await expect(row).to_contain_text(bad)
        stage = page.locator(".flow .stage", has_text="Webhooks")
        await expect(stage).to_have_class(bad)
        shown: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 640}
        await page.screenshot(path=PICTURES / "ops-behind.png", clip=shown)
    await expect(row).to_contain_text(re.compile("draining|ok"))


def test_the_page_under_load(platform: Platform) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(visitor(browser, platform.base_url))
            small = await stack.enter_async_context(
                visitor(browser, platform.base_url, language="ko", size=PHONE)
            )
            page = one.page
            sizes = await weigh(page)
            sessions = await stack.enter_async_context(load(platform))
            await page.goto("/ops")
            assert page.url.endswith("/ui/ops")
            await expect(page.locator("table.heat tbody tr").first).to_be_visible()
            await stands_still(page, platform)
            await expect(page.get_by_role("row", name="POST /chat/start")).to_contain_text("ms")
            await expect(page.locator(".steps .queued")).not_to_contain_text(" 0/min")
            await one.picture("ops")
            assert sessions
            assert 0 < sum(sizes) < LIMIT, sizes
            await small.page.goto("/ui/ops")
            await expect(small.page.get_by_role("heading", name="컨슈머 지연")).to_be_visible()
            assert await small.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await small.page.screenshot(path=(await small.picture("ops-phone")), full_page=True)

    asyncio.run(scenario())


def test_the_hour_is_kept_without_prometheus(platform: Platform) -> None:
    async def scenario() -> None:
        hour = call(platform, "GET", "/ops/hour?step=1").body
        assert len(hour["at_ms"]) > 1
        assert {"aicc-routing", "persister"} <= hour["lag_s"].keys()
        columns = [*hour["series"].values(), *hour["lag_s"].values(), *hour["lag_records"].values()]
        assert {len(column) for column in columns} == {len(hour["at_ms"])}
        newest = hour["at_ms"][-1]
        await until(
            lambda: call(platform, "GET", "/ops/hour?step=1").body["at_ms"][-1] > newest, 10, "no new second"
        )
        assert call(platform, "GET", "/ops/hour?step=0").status == 422

    asyncio.run(scenario())


def test_alerts_and_load_tests_are_marked_in_time(platform: Platform) -> None:
    fired = {
        "status": "firing",
        "labels": {"alertname": "DeadLetters", "topic": "config", "severity": "page"},
    }
    fired |= {"startsAt": "2030-01-01T00:00:00Z", "annotations": {"summary": "<b>One</b> dead letter"}}

    async def scenario() -> None:
        run = marked(platform.base_url, "2030-load", "spike", 600.0, LoadSettings(var=platform.var), None)
        async with chromium() as browser, visitor(browser, platform.base_url) as one:
            page = one.page
            with run:
                assert post(platform, "/ops/alerts", version="4", alerts=[fired, fired]).body == {"kept": 2}
                await page.goto("/ui/ops")
                await expect(page.get_by_text("A load test runs: spike")).to_be_visible()
                await expect(page.locator(".alerts")).to_contain_text("<b>One</b> dead letter")
                await page.get_by_role("button", name="Last hour").click()
                await expect(page.locator(".charts canvas")).to_have_count(6)
                await expect(page.locator("main")).to_contain_text("Load test: spike")
                await page.screenshot(path=PICTURES / "ops-hour.png", full_page=True)
                await page.get_by_role("button", name="Now").click()
            await expect(page.get_by_text("A load test runs: spike")).to_have_count(0)
            fired.update(status="resolved", endsAt="2030-01-01T00:01:00Z")
            post(platform, "/ops/alerts", alerts=[fired])
            await expect(page.locator(".alerts li.over")).to_contain_text("dead letter")

    asyncio.run(scenario())


async def refused(platform: Platform, value: bytes) -> str:
    """The id of a dead letter that the persister makes of this record."""
    producer = await logs.producer(platform.stack.kafka.address)
    try:
        sent = await producer.send_and_wait(AUDIT.name, value, key=b"ops", partition=0)
    finally:
        await producer.stop()
    identity = f"{AUDIT.name}:0:{sent.offset}"

    async def there() -> bool:
        found = await asyncio.to_thread(call, platform, "GET", "/ops/letters")
        return any(one["id"] == identity for one in found.body["items"])

    await until(there, 20, "no dead letter")
    return identity


@pytest.mark.faults
def test_dead_letters_are_shown_put_back_and_discarded(platform: Platform) -> None:
    async def scenario() -> None:
        first = await refused(platform, b"<b>not</b> json")
        async with chromium() as browser, visitor(browser, platform.base_url, language="ko") as one:
            page = one.page
            await page.goto("/ui/ops#letters")
            row = page.locator(f"[data-letter='{first}']")
            await row.get_by_role("button", name="보기").click()
            await expect(page.locator("pre.letter")).to_have_text("<b>not</b> json")
            await one.picture("ops-letter")
            await page.get_by_role("dialog").get_by_role("button", name="다시 넣기").click()
            await expect(page.get_by_text("위치에 다시 넣었습니다")).to_be_visible()
            await expect(row).to_have_count(0)
            # It is as bad as before, and so comes again.
            second = page.locator("[data-letter^='audit:0:']").last
            while not await second.count():
                await page.get_by_role("button", name="새로 고침").click()
                await asyncio.sleep(0.2)
            identity = await second.get_attribute("data-letter")
            assert identity != first
            await second.get_by_role("button", name="보기").click()
            await page.get_by_label("버리는 이유").fill("시험")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("버렸습니다")).to_be_visible()
            await page.get_by_label("결정된 것도 보기").check()
            await expect(page.locator(f"[data-letter='{identity}']")).to_contain_text("시험")
            await expect(row).to_contain_text("다시 넣음")
            again = call(platform, "POST", f"/ops/letters/{first}/replay", b"{}")
            assert (again.status, again.body["detail"]) == (409, "it was replayed by local")
            assert call(platform, "GET", "/ops/letters/audit:0:999999").status == 404
            await until(
                lambda: first in str(call(platform, "GET", "/admin/audit?action=replayed_letter").body),
                20,
                "the audit does not say who",
            )

    asyncio.run(scenario())


def test_a_switch_is_turned_on_with_a_reason_and_off_again(platform: Platform) -> None:
    def notice() -> object:
        return call(platform, "GET", "/chat/notice").body

    async def scenario() -> None:
        async with chromium() as browser, visitor(browser, platform.base_url) as one:
            await one.page.goto("/ui/ops")
            switch = one.page.get_by_role("switch", name="Maintenance message")
            await switch.click()
            dialog = one.page.get_by_role("dialog")
            await dialog.get_by_label("What customers read").fill("<b>Back at four</b>")
            await dialog.get_by_role("button").last.click()
            assert await switch.get_attribute("aria-checked") == "false"  # a reason is missing
            await dialog.get_by_label("Reason").fill("upgrade")
            await dialog.get_by_role("button").last.click()
            await expect(switch).to_have_attribute("aria-checked", "true")
            await expect(one.page.locator(".switches")).to_contain_text("<b>Back at four</b> upgrade")
            await until(lambda: "Back at four" in str(notice()), 10, "customers are not told")
            await one.picture("ops-switches")
            await switch.click()
            await expect(switch).to_have_attribute("aria-checked", "false")
            await until(lambda: "Back at four" not in str(notice()), 10, "customers are still told")

    asyncio.run(scenario())
