// One conversation: who it is with, what was said, what is to be said.
import { html, useState } from "/ui/shared/ui.js";
import { duration } from "/ui/shared/format.js";
import { Closing } from "./closing.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { Transfer } from "./transfer.js";
import { t } from "./texts.js";

const LONG_S = 60;

export function ChatColumn({ work, held, panel, onPanel }) {
  const { desk } = work;
  const [open, setOpen] = useState(""); // transfer or closing
  const session = desk.of(held.session_id);
  const active = desk.active === held.contact_id;
  const wrapping = held.state === "wrapping";
  const seen = () => { if (!active || session.unread) desk.activate(held.contact_id); };
  const back = () => setOpen("");
  return html`<section class=${`chat${active ? " active" : ""}${session.unread ? " news" : ""}`}
      aria-label=${t("chat.with", { who: desk.nameOf(held) })} onFocusIn=${seen} onPointerDown=${seen}>
    <${Head} work=${work} held=${held} session=${session} panel=${panel && active} onPanel=${() => {
      if (active || !panel) onPanel();
      desk.activate(held.contact_id);
    }} onOpen=${(what) => setOpen(open === what ? "" : what)} />
    <${Log} desk=${desk} session=${session} line=${work.line} active=${active} />
    ${wrapping
      ? html`<${Closing} work=${work} held=${held} />`
      : open === "closing" ? html`<${Closing} work=${work} held=${held} onBack=${back} />`
      : open === "transfer" ? html`<${Transfer} work=${work} held=${held} onBack=${back} />`
      : html`<${Composer} work=${work} held=${held} session=${session} />`}
  </section>`;
}

function Head({ work, held, session, panel, onPanel, onOpen }) {
  const { desk } = work;
  const wrapping = held.state === "wrapping";
  return html`<header class="head">
    <div class="row tight">
      <h2>${desk.nameOf(held)}</h2>
      ${session.unread > 0 && html`<span class="count">${session.unread}<span class="hidden-text"> ${t("unread")}</span></span>`}
      <span class="badge">${held.queue}</span>
      ${held.channel === "voice" && html`<span class="badge">${t("channel.voice")}</span>`}
      <span class="push"></span>
      <button class="small" aria-pressed=${panel} onClick=${onPanel}>${t("customer")}</button>
    </div>
    <div class="row tight small">
      ${wrapping ? html`<span class="badge warn">${t("wrapping")}</span>` : html`<${There} session=${session} />`}
      ${!wrapping && html`<${Owed} desk=${desk} session=${session} />`}
      <span class="push"></span>
      ${!wrapping && html`<button class="small" onClick=${() => onOpen("transfer")}>${t("transfer")}</button>
        <button class="small" onClick=${() => onOpen("closing")}>${t("end")}</button>`}
    </div>
  </header>`;
}

function There({ session }) {
  if (session.present === null) return null;
  return html`<span class=${session.present ? "badge good" : "badge"}>${t(session.present ? "there" : "away")}</span>`;
}

// How long the customer has waited for a word.
function Owed({ desk, session }) {
  if (!session.waitingSince) return null;
  const s = (desk.now() - session.waitingSince) / 1000;
  return html`<span class=${s > LONG_S ? "badge bad" : "badge warn"} role="timer" aria-live="off">
    ${t("owed", { time: duration(s) })}</span>`;
}
