// The conversation as bubbles. It follows its end while the reader is there, and says so where not.
import { date, time } from "/ui/shared/format.js";
import { Images } from "/ui/shared/images.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "/ui/shared/ui.js";
import { partsOf } from "./links.js";
import { isShown } from "./standing.js";
import { t } from "./texts.js";

const AT_ONCE = 100;
const NEAR_PX = 48;

// `onEnd(whether)` hears whether the end is in sight.
export function Log({ chat, atEnd, onEnd }) {
  const box = useRef(null);
  const [most, setMost] = useState(AT_ONCE);
  const entries = chat.entries.filter(isShown);
  const shown = entries.slice(-most);
  const own = chat.outbox.messages;
  const lastOwn = own.length ? "" : shown.findLast(({ role }) => role === "customer")?.seq;

  const toEnd = () => { box.current.scrollTop = box.current.scrollHeight; };
  useLayoutEffect(() => { if (atEnd) toEnd(); }, [atEnd, entries.length, own, chat.typing]);
  useLayoutEffect(() => { if (own.length) toEnd(); }, [own.length && own.at(-1).id]);
  useEffect(() => {
    const observer = new ResizeObserver(() => { if (box.current.dataset.end) toEnd(); });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    onEnd(scrollHeight - scrollTop - clientHeight < NEAR_PX);
  };

  return html`<div class="log-frame">
    <div class="log" ref=${box} onScroll=${scrolled} data-end=${atEnd || undefined} tabindex="0" role="log"
        aria-label=${t("log")} aria-busy=${!chat.loaded}>
      ${shown.length < entries.length && html`
        <button type="button" class="plain earlier" onClick=${() => setMost(most + AT_ONCE)}>${t("earlier")}</button>`}
      ${chat.loaded
        ? html`<p class="event">${t("welcome")} ${t("introduction")}</p>`
        : html`<p class="event">${t("loading")}</p>`}
      ${shown.map((entry, n) => html`<${Entry} key=${entry.seq} entry=${entry} before=${shown[n - 1]} chat=${chat}
        tick=${tickOf(chat, entry)} last=${entry.seq === lastOwn} />`)}
      ${own.map((one) => html`<${Pending} key=${one.id} one=${one} chat=${chat} />`)}
    </div>
    ${!atEnd && html`<button type="button" class="to-end" onClick=${toEnd}>
      ${chat.unread() ? t("news", { count: chat.unread() }) : t("toEnd")} <span aria-hidden="true">↓</span></button>`}
  </div>`;
}

function tickOf({ heardSeq, deliveredSeq }, { role, seq }) {
  if (role !== "customer") return "";
  if (seq < heardSeq || seq === heardSeq) return "seen";
  return seq <= deliveredSeq ? "delivered" : "sent";
}

function Entry({ entry, before, chat, tick, last }) {
  const day = (one) => one && new Date(one.at_ms).toDateString();
  const anew = before && day(before) !== day(entry);
  const head = anew && html`<p class="event">${date(entry.at_ms)}</p>`;
  if (entry.kind !== "text") {
    return html`${head}<p class="event">${entry.kind === "agent.joined" ? t("joined", { name: entry.text }) : t("left")}</p>`;
  }
  const mine = entry.role === "customer";
  const author = authorOf(chat, entry);
  const named = !mine && (before?.role !== entry.role || before?.sender_id !== entry.sender_id || before?.kind !== "text");
  return html`${head}<div class=${mine ? "said mine" : "said"} data-seq=${entry.seq}>
    <p class=${named ? "author" : "hidden-text"}><bdi>${author}</bdi></p>
    <${Said} chat=${chat} one=${entry} images=${entry.attachments} who=${author} />
    <p class="when"><time>${time(entry.at_ms)}</time>${mine && html`<${Tick} is=${tick} spelled=${last} />`}</p>
  </div>`;
}

function authorOf({ standing }, { role, sender_id: id }) {
  if (role === "customer") return t("you");
  return role === "agent" ? standing.names[id] || t("agent") : t("bot");
}

function Pending({ one, chat }) {
  const failed = one.state === "failed";
  const is = one.state === "queued" && !chat.linked ? "kept" : "sending";
  return html`<div class="said mine pending" data-state=${failed ? "failed" : is}>
    <p class="hidden-text">${t("you")}</p>
    <${Said} chat=${chat} one=${one} images=${one.images} who=${t("you")} />
    ${failed
      ? html`<p class="when bad" role="alert">${t(whyFailed(one.reason))}
          ${one.reason !== "closed" && html`<button type="button" class="plain" onClick=${() => chat.outbox.again(one.id)}>
            ${t("again")}</button>`}</p>`
      : html`<p class="when"><${Tick} is=${is} spelled=${true} /></p>`}
  </div>`;
}

const whyFailed = (reason) => ({ closed: "afterEnd", too_many: "tooMuch" })[reason] ?? "failed";
const MARKS = { sending: "◌", kept: "◷", sent: "✓", delivered: "✓✓", seen: "✓✓" };

function Tick({ is, spelled }) {
  return html` <span class="tick ${is}"><span aria-hidden="true">${MARKS[is]}</span>
    <span class=${spelled ? "" : "hidden-text"}> ${t(is)}</span></span>`;
}

function Said({ chat, one, images, who }) {
  return html`${images?.length > 0 && html`<${Images} session=${chat.session} images=${images} who=${who} text=${one.text} />`}
    ${one.text && html`<${Words} text=${one.text} />`}`;
}

// What somebody has typed, as it is.
function Words({ text }) {
  return html`<p class="words" dir="auto">${partsOf(text).map(({ text: part, href }) => (href
    ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow ugc">${part}</a>`
    : part))}</p>`;
}
