"""What all pages share, in a real browser."""

import asyncio

from tests.platform import Platform
from tests.web.browser import chromium, visitor

_SHOWN = """async () => {
  const { html, render } = await import('/ui/shared/ui.js');
  const { texts, language } = await import('/ui/shared/i18n.js');
  const { duration } = await import('/ui/shared/format.js');
  const t = texts({ hello: { ko: '{who}님, 안녕하세요', en: 'Hello {who}' } });
  render(html`<p>${t('hello', { who: '<b>Kim</b>' })} ${duration(3725)}</p>`, document.body);
  return [language, document.body.innerHTML];
}"""
_TWICE = """async () => {
  const { Cursors } = await import('/ui/shared/socket.js');
  const cursors = new Cursors();
  return [1, 2, 2, 1, 3].map((seq) => cursors.passes('a', seq)).concat(cursors.of('a'));
}"""


def test_templates_escape_languages_fit_and_cursors_pass_once(platform: Platform) -> None:
    async def scenario() -> None:
        async with chromium() as browser:
            for language, hello in (("ko", "님, 안녕하세요"), ("en", "Hello ")):
                async with visitor(browser, platform.base_url, language=language) as one:
                    one.expected.append("favicon.ico")
                    await one.page.goto("/openapi.json")
                    found, shown = await one.page.evaluate(_SHOWN)
                    assert (found, "&lt;b&gt;Kim" in shown, hello in shown) == (language, True, True), shown
                    assert "1:02:05" in shown
                    assert await one.page.evaluate(_TWICE) == [True, True, False, False, True, 3]

    asyncio.run(scenario())
