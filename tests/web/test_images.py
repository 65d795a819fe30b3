"""Images in real browsers: a customer picks and pastes them, the agent sees them and answers with one."""

import asyncio

from playwright.async_api import FilePayload, Locator, Page, expect

from tests.gateway.pictures import png
from tests.platform import Platform
from tests.web.browser import chromium, visitor
from tests.web.seat import chat_with, seated

_HOSTILE = '"><script>window.hit=1</script>.png'
_PASTE = """(field, bytes) => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true }));
}"""
_DROP = (
    _PASTE.replace("ClipboardEvent", "DragEvent")
    .replace('"paste"', '"drop"')
    .replace("clipboardData", "dataTransfer")
)


async def drawn(image: Locator, width: int) -> None:
    """Waits until the browser has decoded it."""
    await expect(image).to_have_js_property("naturalWidth", width)


def file(name: str, body: bytes, kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": body}


async def picks(page: Page, scope: Locator, *files: FilePayload) -> None:
    await scope.locator("input[type=file]").set_input_files(list(files))


def test_images_to_the_agent_and_back(platform: Platform) -> None:
    async def scenario() -> None:
        async with (
            chromium() as browser,
            seated(browser, platform, "desk-5") as agent,
            visitor(browser, platform.base_url, language="ko", size=(360, 740)) as customer,
        ):
            customer.expected += ["503", "415"]
            page = customer.page
            await page.goto("/ui/chat?queue=desk")
            await page.locator("input[name=name]").fill("Park Image")
            await page.locator(".start button").click()
            composer = page.locator("main")
            await refused(page, composer)
            await sends(page, composer)
            await page.locator(".queue button").click()
            await agent.page.get_by_role("button", name="Accept").first.click()
            column = chat_with(agent.page, "Park Image")
            await seen(column)
            await agent.page.reload()
            await seen(column)
            await answers(column)
            back = page.locator(".said:not(.mine) .image img")
            await drawn(back, 33)
            await expect(back).to_have_attribute("alt", "Desk 5 님이 보낸 이미지")
            await page.reload()
            await drawn(back, 33)
            await expect(page.locator(".said.mine .image img")).to_have_count(3)
            assert not await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
            assert not await page.evaluate("() => window.hit")
            await customer.picture("chat-images-phone-ko")
            await agent.picture("agent-images")

    asyncio.run(scenario())


async def refused(page: Page, composer: Locator) -> None:
    """What is none, by its name or by its bytes; what cannot be sent keeps nothing else from being sent."""
    await picks(page, composer, file("a.svg", b"<svg onload='hit=1'/>", "image/svg+xml"))
    await expect(composer.locator(".chosen-frame > [role=alert]")).to_contain_text("WebP")
    await picks(page, composer, file(_HOSTILE, b"<script>alert(1)</script>"))
    await expect(composer.locator("[data-state=failed]")).to_contain_text("WebP")
    await composer.get_by_role("button", name="빼기").click()
    await expect(composer.locator(".chosen li")).to_have_count(0)


async def sends(page: Page, composer: Locator) -> None:
    """Two at once with words, and one that is pasted without any."""
    await picks(page, composer, file(_HOSTILE, png(64, 48)), file("two.png", png(50, 70)))
    await expect(composer.locator("[data-state=ready]")).to_have_count(2)
    await page.locator("#message").fill("<b>이것</b>")
    await page.locator("#message").press("Enter")
    mine = page.locator(".said.mine .image img")
    await expect(page.locator(".tick.sent")).to_have_count(1)
    await drawn(mine.first, 64)
    await expect(mine.nth(1)).to_have_attribute("alt", "나 님이 보낸 이미지 2장 중 2번째: <b>이것</b>")
    await page.locator("#message").evaluate(_PASTE, list(png(20, 21)))
    await expect(composer.locator("[data-state=ready]")).to_have_count(1)
    await page.locator(".composer button.main").click()
    await expect(mine).to_have_count(3)
    await drawn(mine.nth(2), 20)


async def seen(column: Locator) -> None:
    images = column.locator(".image img")
    await expect(images).to_have_count(3)
    for nth, width in enumerate((64, 50, 20)):
        await drawn(images.nth(nth), width)


async def answers(column: Locator) -> None:
    """By a drop, and with Enter."""
    field = column.get_by_label("Message to the customer")
    await field.evaluate(_DROP, list(png(33, 12)))
    await expect(column.locator("[data-state=ready]")).to_have_count(1)
    await field.press("Enter")
    await expect(column.locator(".said.own .image img")).to_have_count(1)
    await expect(column.locator(".said.own .tick")).to_have_count(1)
