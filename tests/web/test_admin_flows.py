"""The administrator's forms of flows and of the bot, on a pool of the test's own."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import yaml
from playwright.async_api import Locator, Page, expect

from infra.paths import CHECKOUT
from tests.platform import Platform
from tests.web.browser import PHONE, Visitor, chromium, visitor
from tests.web.pools import pool_of_its_own, published

expect.set_options(timeout=20_000)
POOL, FLOW = "zz-web-flows", "zz-main"
LARGE = (1440, 1000)


def first() -> dict[str, Any]:
    """Two queues, and the flow that has every kind of branch."""
    flow = yaml.safe_load((CHECKOUT / "infra" / "flows" / "example.yaml").read_text()) | {"name": FLOW}
    for node in flow["nodes"].values():
        if "queue" in node:
            node["queue"] = "zz-calls"
    queues = [{"name": "zz-calls"}, {"name": "zz-vip"}]
    return {"pool": POOL, "partition": 3, "queues": queues, "flows": [flow]}


def field(page: Page, path: str) -> Locator:
    return page.locator(f'[data-path="{path}"]')


def of_step(name: str, what: str) -> str:
    return f"flows[{FLOW}].nodes[{name}].{what}"


async def adds_a_step(page: Page) -> None:
    """What is wrong with it is said at its fields, with their paths, until it is mended."""
    drawing = page.get_by_role("img", name=FLOW)
    await expect(drawing.locator("g.step")).to_have_count(12)
    form = page.locator("form", has=page.get_by_role("button", name="단계 추가"))
    await form.get_by_label("종류").select_option("queue")
    await form.get_by_label("이름").fill("vip")
    await form.get_by_role("button").click()
    queue = field(page, of_step("vip", "queue"))
    await expect(queue).to_have_attribute("aria-invalid", "true")
    await expect(queue).to_have_accessible_description("대기열을 고르세요. " + of_step("vip", "queue"))
    await expect(drawing.locator("g.wrong")).to_have_count(1)
    await queue.select_option("zz-vip")
    await expect(page.get_by_text("이 단계로 오는 길이 없습니다.")).to_be_visible()
    await field(page, of_step("vip", "prompt")).fill("<b>잠시만</b> 기다려 주세요")


async def leads_there(page: Page) -> None:
    """From a menu, by a choice; a step is renamed with all that leads to it."""
    drawing = page.get_by_role("img", name=FLOW)
    await drawing.locator("[data-step='menu']").click()
    await page.get_by_role("button", name="선택지 추가").click()
    await field(page, of_step("menu", "options[2].then")).select_option("vip")
    await expect(drawing.locator("g.wrong")).to_have_count(0)
    name = page.locator("li[data-step='menu']").get_by_label("이름")
    await name.fill("골라주세요")
    await name.press("Enter")
    await drawing.locator("[data-step='hours']").click()
    await expect(field(page, of_step("hours", "open"))).to_have_value("골라주세요")


async def is_applied(page: Page) -> list[str]:
    """After its difference was looked at; what differed."""
    await page.get_by_role("button", name="변경 내용 확인").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="적용").wait_for()
    paths = await dialog.get_by_role("rowheader").all_inner_texts()
    await dialog.get_by_role("button", name="적용").click()
    await expect(dialog).to_have_count(0)
    return paths


async def sets_the_bot(page: Page) -> None:
    await page.get_by_role("button", name="챗봇").click()
    await page.get_by_label("챗봇이 채팅을 먼저 받습니다").check()
    await page.get_by_label("zz-calls").uncheck()
    await expect(page.get_by_text("넘길 대기열을 하나는 고르세요. bot.queues")).to_be_visible()
    await page.get_by_label("zz-calls").check()
    await page.get_by_label("zz-vip").check()
    await page.get_by_role("button", name="기본으로").click()
    await page.get_by_label("답변 제한 시간").fill("5")
    await page.get_by_label("제한 시간이 지나면").fill("확인 중입니다.")
    await expect(page.get_by_text("aicc-bot check")).not_to_have_count(0)


async def on_a_phone(one: Visitor) -> None:
    for tab in ("flows", "bot"):
        await one.page.goto(f"/ui/admin?lang=en&pool={POOL}#{tab}")
        await one.page.locator("section.card h2").first.wait_for()
        assert await one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        await one.picture(f"admin-{tab}-phone")


def test_flows_and_the_bot_are_changed_by_forms(platform: Platform) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(chromium())
            one = await stack.enter_async_context(
                visitor(browser, platform.base_url, language="ko", size=LARGE)
            )
            small = await stack.enter_async_context(visitor(browser, platform.base_url, size=PHONE))
            one.expected.append("status of 422")
            await one.page.goto(f"/ui/admin?pool={POOL}#flows")
            await adds_a_step(one.page)
            await leads_there(one.page)
            await one.picture("admin-flows")
            paths = await is_applied(one.page)
            assert {f"flows[{FLOW}].version", f"flows[{FLOW}].nodes[골라주세요]"} <= set(paths), paths
            flow = published(platform, POOL)["flows"][0]
            assert (flow["version"], flow["nodes"]["hours"]["open"]) == (3, "골라주세요")
            assert flow["nodes"]["vip"] == {
                "kind": "queue",
                "queue": "zz-vip",
                "prompt": "<b>잠시만</b> 기다려 주세요",
            }
            assert flow["nodes"]["골라주세요"]["options"][-1] == {"digit": "2", "then": "vip"}
            await sets_the_bot(one.page)
            await one.picture("admin-bot")
            assert await is_applied(one.page) == ["bot"]
            assert published(platform, POOL)["bot"] == {
                "queues": ["zz-vip", "zz-calls"],
                "answer_s": 5.0,
                "says": "확인 중입니다.",
            }
            await on_a_phone(small)

    with pool_of_its_own(platform, first()):
        asyncio.run(scenario())
