"""What browsers have to bear: bytes of each page, and the agent's desk while 200 messages a second arrive."""

import asyncio
import base64
import json

from playwright.async_api import Browser, Page, Request, Route, expect

from tests.web.browser import chromium, visitor

PAGES = ("chat", "agent", "supervisor", "admin")
PER_S = 200
SECONDS = 5.0
HELD = 3
_SETTLED_MS = 500

_TOKEN = f"x.{base64.urlsafe_b64encode(json.dumps({'sub': 'a1'}).encode()).decode().rstrip('=')}.x"
_DESK = {
    "agent_id": "a1",
    "name": "Ada",
    "pool": "p",
    "capacity": HELD,
    "channels": ["chat"],
    "queues": [{"name": "q", "pool": "p", "offer_timeout_s": 20, "wrap_up_s": 30}],
    "colleagues": [],
    "dispositions": [],
    "canned_answers": [],
}
_SOCKET = """
  sessionStorage.setItem('aicc-token', TOKEN);
  window.longest = [];
  new PerformanceObserver((list) => longest.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: 'longtask' });
  window.WebSocket = class {
    static OPEN = 1;
    constructor() {
      this.readyState = 1;
      window.fake = this;
      setTimeout(() => { this.onopen(); this.hear({ feed: 'agent', seq: 1, data: state }); });
    }
    hear(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
    send() {}
    close() {}
  };
  const contact = (_, n) => ({ contact_id: `c${n}`, session_id: `s${n}`, customer_id: `customer ${n}`,
    queue: 'q', state: 'assigned', offer_epoch: 1 });
  const contacts = Array.from({ length: HELD }, contact);
  const state = { type: 'agent.state', presence: 'routable', contacts };
"""
_FEED = """([perS, seconds, held]) => new Promise((done) => {
  longest.length = 0;
  const begun = performance.now();
  const seqs = Array(held).fill(0);
  let said = 0;
  const text = '안녕하세요, the parcel has not arrived yet: '.repeat(2);
  const timer = setInterval(() => {
    const spent = (performance.now() - begun) / 1000;
    for (let burst = 0; burst < 4 && said < Math.min(spent, seconds) * perS; burst += 1, said += 1) {
      const nth = said % held;
      const seq = seqs[nth] += 1;
      const session_id = `s${nth}`;
      const by = seq % 3 ? { role: 'customer', sender_id: 'c' } : { role: 'agent', sender_id: 'a1' };
      const data = { type: 'message.added', session_id, seq, message_id: `m${seq}`, ...by, text: text + said,
        at_ms: Date.now() };
      fake.hear({ feed: 'session', session_id, seq, data });
    }
    if (spent > seconds && said >= perS * seconds) {
      clearInterval(timer);
      setTimeout(() => done({ said, longest: Math.max(0, ...longest), tasks: longest.length,
        rows: document.querySelectorAll('.entry').length }), SETTLED);
    }
  }, 4);
})"""


async def measure(base_url: str, seconds: float = SECONDS) -> dict[str, float]:
    """`page_kb`, of the largest page with all that it loads, zipped, without fonts; `long_task_ms`, the
    longest at the desk; `rows`, the entries in its document. It need only serve pages."""
    async with chromium() as browser:
        sizes = await asyncio.gather(*(kilobytes(browser, base_url, name) for name in PAGES))
        smooth = await smoothness(browser, base_url, seconds)
    return {"page_kb": round(max(sizes), 1), "long_task_ms": smooth["longest"], "rows": smooth["rows"]}


async def kilobytes(browser: Browser, base_url: str, name: str) -> float:
    """What is transferred for the page; 0 where there is none of that name."""
    async with visitor(browser, base_url) as one:
        one.expected.append("")
        loaded: list[Request] = []

        def finished(request: Request) -> None:
            loaded.append(request)

        one.page.on("requestfinished", finished)
        answer = await one.page.goto(f"/ui/{name}", wait_until="networkidle")
        if answer is None or not answer.ok:
            return 0.0
        files = [request for request in loaded if "/ui/" in request.url]
        sizes = [await request.sizes() for request in files]
        return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) / 1000


async def smoothness(browser: Browser, base_url: str, seconds: float) -> dict[str, float]:
    """The desk with `HELD` chats and a socket that says `PER_S` messages a second: `longest` task in
    milliseconds (0: none above 50), `said`, and `rows` in the document at the end."""
    async with visitor(browser, base_url) as one:
        await seat(one.page)
        await expect(one.page.locator("section.chat")).to_have_count(HELD, timeout=20_000)
        feed = _FEED.replace("SETTLED", str(_SETTLED_MS))
        found: dict[str, float] = await one.page.evaluate(feed, [PER_S, seconds, HELD])
        return found


async def seat(page: Page) -> None:
    """An agent who is in no configuration, before a socket of the page's own."""

    async def desk(route: Route) -> None:
        await route.fulfill(json=_DESK)

    async def nothing(route: Route) -> None:
        await route.fulfill(json={"items": [], "next_cursor": None})

    await page.route("**/agent/desk", desk)
    await page.route("**/consultation/history*", nothing)
    await page.add_init_script(_SOCKET.replace("TOKEN", f"'{_TOKEN}'").replace("HELD", str(HELD)))
    await page.goto("/ui/agent")
