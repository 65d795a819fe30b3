"""What an offer sounds and looks like, and whether text can be read in the dark."""

import asyncio

from playwright.async_api import Page, expect

from tests.platform import Platform
from tests.web.browser import chromium
from tests.web.seat import Customer, seated

_SPY = """() => {
  window.heard = { tones: [], shown: [], permission: Notification.permission };
  window.Notification = class {
    static permission = "granted";
    constructor(title, { body, tag }) { heard.shown.push([title, body, tag]); }
    close() {}
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    heard.tones.push(this.frequency.value);
    return start.call(this, at);
  };
  Object.defineProperty(document, "hidden", { get: () => true });
}"""
_FAINT = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const said = (element) => [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const shown = [...document.querySelectorAll("body *")].filter((one) =>
    said(one) && !one.closest(":disabled")
    && one.checkVisibility({ opacityProperty: true }) && one instanceof HTMLElement);
  const faint = shown.map((one) => {
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(ground(one))];
    return [one.outerHTML.slice(0, 120), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5);
  return { texts: shown.length, faint, dark: light(ground(document.body)) < 0.05 };
}"""
"""WCAG 2.2, relative luminance and contrast ratio."""


async def reads_well(page: Page) -> None:
    found = await page.evaluate(_FAINT)
    assert (found["dark"], found["faint"]) == (True, []), found
    assert found["texts"] > 3


def test_an_offer_rings_and_is_notified_and_the_dark_is_legible(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser, seated(browser, platform, "desk-6") as ada:
            await ada.context.grant_permissions(["notifications"], origin=platform.base_url)
            await ada.page.emulate_media(color_scheme="dark")
            await ada.page.locator("header").first.click()  # browsers let no page sound before
            await ada.page.evaluate(_SPY)
            async with Customer.asking(platform, "Ms Choi", "hello") as choi:
                await ada.page.locator("article.offer", has_text="Ms Choi").wait_for()
                await ada.page.wait_for_function("heard.tones.length > 1 && heard.shown.length")
                heard = await ada.page.evaluate("heard")
                assert (heard["tones"][:2], heard["permission"]) == ([660, 880], "granted")
                assert "Ms Choi" in " ".join(heard["shown"][0])
                assert len(heard["shown"]) == 1
                await reads_well(ada.page)
                await ada.picture("agent-dark")
                await choi.end()
            for place in ("/ui/chat", "/ui/supervisor", "/ui/admin"):
                await ada.page.goto(place)
                await expect(ada.page.get_by_role("button").first).to_be_visible()
                await reads_well(ada.page)

    asyncio.run(scenario())
