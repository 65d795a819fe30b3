// The customer beside the chat: who it is, what is known, what was before.
import { html } from "/ui/shared/ui.js";
import { date, time } from "/ui/shared/format.js";
import { Entry } from "./log.js";
import { t } from "./texts.js";

export function CustomerPanel({ work, held, over, onClose }) {
  const { desk, histories } = work;
  const session = desk.of(held.session_id);
  const about = session.about;
  const attributes = { ...held.attributes, ...about?.attributes };
  const summary = session.summary || attributes.summary;
  delete attributes.summary;
  const past = histories.of(held.customer_id);
  const items = past.items.filter((one) => one.session_id !== held.session_id);
  return html`<aside class=${over ? "panel over" : "panel"} aria-label=${t("customer")}
      onKeyDown=${(event) => { if (over && event.key === "Escape") onClose(); }}>
    <div class="row tight"><h2>${desk.nameOf(held)}</h2><span class="push"></span>
      <button class="small" onClick=${onClose} aria-label=${t("close")}>✕</button></div>
    <dl class="small">
      <dt>${t("customer.id")}</dt><dd>${held.customer_id}</dd>
      ${about?.customer_phone && html`<dt>${t("customer.phone")}</dt><dd>${about.customer_phone}</dd>`}
    </dl>
    <${Attributes} of=${attributes} />
    ${summary && html`<div class="aside entry"><p class="small"><strong>${t("kind.summary")}</strong></p><p>${summary}</p></div>`}
    ${held.transfer?.note && html`<div class="aside entry"><p class="small"><strong>
      ${t("from", { who: desk.names.get(held.transfer.agent_id) ?? held.transfer.agent_id })}</strong></p><p>${held.transfer.note}</p></div>`}
    <h3>${t("past")}</h3>
    ${items.map((one) => html`<${Past} key=${one.session_id} work=${work} one=${one} />`)}
    ${past.state === "loading" && html`<p class="quiet small" role="status">${t("loading")}</p>`}
    ${past.state === "error" && html`<p class="bad small">${t("past.error")}
      <button class="small" onClick=${() => histories.again(held.customer_id)}>${t("again")}</button></p>`}
    ${past.state === "ready" && items.length === 0 && html`<p class="quiet small">${t("past.none")}</p>`}
    ${past.state === "ready" && past.next && html`<button class="small" onClick=${() => histories.more(held.customer_id)}>
      ${t("past.more")}</button>`}
  </aside>`;
}

function Past({ work, one }) {
  const { desk, histories } = work;
  const entries = histories.transcripts.get(one.session_id);
  const begun = Date.parse(one.started_at);
  return html`<details class="past" onToggle=${(event) => { if (event.target.open) histories.transcript(one.session_id); }}>
    <summary>${date(begun)} ${time(begun)} <span class="badge">${t(`status.${one.status}`)}</span>
      <span class="small quiet"> ${[one.queue, one.agent_name, one.disposition].filter(Boolean).join(" · ")}</span>
      ${one.rating && html`<span class="small" aria-label=${t("rating", { stars: one.rating })}> ${"★".repeat(one.rating)}</span>`}
    </summary>
    ${one.note && html`<p class="small quoted">${one.note}</p>`}
    ${entries === "loading" && html`<p class="small quiet">${t("loading")}</p>`}
    ${entries === "error" && html`<p class="small bad">${t("past.error")}</p>`}
    ${Array.isArray(entries) && html`<div class="old">${entries.map((entry) => html`<${Entry} key=${entry.seq} entry=${entry}
      names=${desk.names} own=${desk.agent.agent_id} />`)}</div>`}
  </details>`;
}

export function Attributes({ of = {} }) {
  const known = Object.entries(of ?? {});
  if (!known.length) return null;
  return html`<dl class="small">${known.map(([name, value]) => html`<dt key=${`${name}?`}>${name}</dt><dd key=${name}>${value}</dd>`)}</dl>`;
}
