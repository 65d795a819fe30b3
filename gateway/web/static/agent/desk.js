// The page of an agent who works: bar, news, offers, chats side by side, and the customer beside them.
import { html, useEffect, useState } from "/ui/shared/ui.js";
import { Languages } from "/ui/shared/i18n.js";
import { ChatColumn } from "./chat.js";
import { CustomerPanel } from "./customer.js";
import { Offers } from "./offers.js";
import { Presence } from "./presence.js";
import { TokenForm } from "./signin.js";
import { refusal, t } from "./texts.js";

const COLUMN_PX = 320;
const PANEL_PX = 300;
const PANEL_FROM_PX = 1000;

export function App(work) {
  const { desk, histories } = work;
  const [panel, setPanel] = useState(innerWidth >= PANEL_FROM_PX);
  const beside = panel && innerWidth >= PANEL_FROM_PX;
  const held = [...desk.contacts.values()];
  const fit = Math.max(1, Math.floor((innerWidth - (beside ? PANEL_PX : 0)) / COLUMN_PX));
  const columns = window_(held, desk.active, fit);
  const active = desk.contacts.get(desk.active);
  useEffect(() => { for (const one of held) histories.about(one.session_id); }, [held.length]);
  return html`<div class="desk">
    <${Bar} ...${work} />
    <${News} ...${work} />
    <${Offers} ...${work} />
    ${held.length > columns.length && html`<${Tabs} desk=${desk} held=${held} />`}
    <div class=${beside ? "work beside" : "work"}>
      <main class="columns">
        ${columns.map((one) => html`<${ChatColumn} key=${one.contact_id} work=${work} held=${one}
          panel=${panel} onPanel=${() => setPanel(!panel)} />`)}
        ${held.length === 0 && html`<${Nothing} desk=${desk} />`}
      </main>
      ${panel && active && html`<${CustomerPanel} key=${active.contact_id} work=${work} held=${active}
        over=${!beside} onClose=${() => setPanel(false)} />`}
    </div>
  </div>`;
}

// As many as fit, the active one among them, in their order.
function window_(held, active, fit) {
  const at = Math.max(0, held.findIndex((one) => one.contact_id === active));
  const from = Math.max(0, Math.min(at - Math.floor(fit / 2), held.length - fit));
  return held.slice(from, from + fit);
}

function Bar(work) {
  const { desk, alerts, bearer, onLeave } = work;
  const [, again] = useState(0);
  const mute = () => { alerts.mute(!alerts.muted); again((nth) => nth + 1); };
  return html`<header class="bar">
    <${Presence} ...${work} />
    <span class="who" title=${desk.agent.agent_id}>${desk.agent.name}</span>
    <span class="badge" title=${t("capacity")}>${desk.contacts.size}/${desk.agent.capacity}</span>
    <span class="push"></span>
    ${alerts.askable && html`<button onClick=${() => alerts.ask().then(desk.changed)}>${t("notify")}</button>`}
    <button aria-pressed=${!alerts.muted} aria-label=${t("sound")} title=${t("sound")} onClick=${mute}>
      <${Bell} muted=${alerts.muted} /></button>
    <${Languages} />
    <button onClick=${onLeave}>${t(bearer.login ? "signout" : "forget")}</button>
  </header>`;
}

function Bell({ muted }) {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
    <path d="M10 2a5 5 0 0 0-5 5v4l-1.5 3h13L15 11V7a5 5 0 0 0-5-5zM8 16a2 2 0 0 0 4 0" />
    ${muted && html`<path d="M3 3l14 14" />`}
  </svg>`;
}

// What the agent has to know now: the line, the token, what went wrong.
function News({ desk, onToken }) {
  return html`<div class="news" role="status" aria-live="polite">
    ${desk.line !== "open" && html`<p class="notice bad line">
      <span class="spin" aria-hidden="true"></span> ${t(desk.known ? "line.lost" : "line.connecting")}</p>`}
    ${desk.expiresAt > 0 && html`<div class="notice">
      <p>${t("token.ending")}</p><${TokenForm} onToken=${onToken} label="signin.newer" /></div>`}
    ${desk.notices.map((one) => html`<p class="notice" key=${one.until + one.key}>
      ${one.key === "refused" ? refusal(one.values.reason) : t(one.key, one.values)}</p>`)}
  </div>`;
}

function Tabs({ desk, held }) {
  return html`<nav class="tabs" aria-label=${t("chats")}>
    ${held.map((one, nth) => {
      const { unread, waitingSince } = desk.of(one.session_id);
      const on = one.contact_id === desk.active;
      return html`<button key=${one.contact_id} aria-current=${on ? "true" : "false"} title=${`Alt+${nth + 1}`}
        class=${waitingSince ? "tab owed" : "tab"} onClick=${() => desk.activate(one.contact_id)}>
        ${desk.nameOf(one)}
        ${unread > 0 && html`<span class="count">${unread}<span class="hidden-text"> ${t("unread")}</span></span>`}
      </button>`;
    })}
  </nav>`;
}

function Nothing({ desk }) {
  const key = !desk.known ? "none.loading" : desk.presence === "routable" ? "none.waiting" : "none.away";
  return html`<div class="nothing quiet"><p>${t(key)}</p><p class="small">${t("keys")}</p></div>`;
}
