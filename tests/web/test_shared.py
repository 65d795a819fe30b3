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
_BLOCKS = """async () => {
  const { Transcript } = await import('/ui/agent/transcript.js');
  const one = new Transcript('s');
  const seen = new Map();
  const wrong = [];
  for (let seq = 1; seq <= 5300; seq += 1) {
    one.add({ seq, role: 'bot' });
    const shown = one.blocks.flatMap(({ entries }) => entries);
    if (shown.length > 60 || shown.length < Math.min(41, seq) || shown.at(-1).seq !== seq) wrong.push(seq);
    if (one.hidden + shown.length !== one.entries.length) wrong.push(-seq);
    for (const { nth, entries } of one.blocks) for (const entry of entries) {
      if ((seen.get(entry.seq) ?? nth) !== nth) wrong.push([entry.seq, nth]);
      seen.set(entry.seq, nth);
    }
  }
  return [wrong, one.blocks.at(0).nth, one.entries.length];
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


def test_an_entry_stays_in_its_block_so_that_nothing_is_laid_out_anew(platform: Platform) -> None:
    """At most 60 are shown, the last among them; 5,000 are kept."""

    async def scenario() -> None:
        async with chromium() as browser, visitor(browser, platform.base_url) as one:
            one.expected.append("favicon.ico")
            await one.page.goto("/openapi.json")
            assert await one.page.evaluate(_BLOCKS) == [[], 5240 // 20, 5000]

    asyncio.run(scenario())
