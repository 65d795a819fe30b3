// Contacts that wait, and those that agents have.
import { html, useState } from "../shared/ui.js";
import { Since } from "../shared/staff.js";
import { t } from "./texts.js";

const FIRST = 50;
const TONES = { pending: "warn", reserved: "warn", assigned: "good", wrapping: "" };

export const State = ({ state }) => html`<span class=${`badge ${TONES[state] ?? ""}`}>${t(state)}</span>`;

function Name({ one, who }) {
  return html`<span title=${one.session}>${who.contact(one)}</span>
    ${one.channel !== "chat" && html` <span class="badge">${t(one.channel)}</span>`}
    ${one.synthetic && html` <span class="badge">${t("synthetic")}</span>`}`;
}

// The first rows of many, and a button for the others: what nobody looks at need not be drawn.
function Rows({ all, row, columns, none, more = 0 }) {
  const [shown, setShown] = useState(FIRST);
  if (!all.length) return html`<tr><td class="empty" colspan=${columns}>${none}</td></tr>`;
  const rest = all.length - shown;
  return html`${all.slice(0, shown).map(row)}
    ${rest > 0 && html`<tr key="more"><td colspan=${columns}>
      <button type="button" onClick=${() => setShown(shown + 200)}>${t("more", { n: rest })}</button></td></tr>`}
    ${more > 0 && html`<tr key="left"><td colspan=${columns} class="quiet">${t("leftOut", { n: more })}</td></tr>`}`;
}

export function Waiting({ board, acts, who }) {
  const row = (one) => html`<tr key=${one.id} data-contact=${one.id}>
    <td data-name=${t("customer")}><${Name} one=${one} who=${who} /></td>
    <td data-name=${t("queue")}>${one.queue}</td>
    <td class="number" data-name=${t("wait")}><${Since} at=${one.since} /></td>
    <td class="number" data-name=${t("priority")}>${one.priority}</td>
    <td data-name=${t("state")}><${State} state=${one.state} />${one.agent && html` <span class="small quiet">${who.agent(one.agent)}</span>`}</td>
    <td class="acts" data-name="">
      <button type="button" aria-label=${t("openOf", { who: who.contact(one) })} onClick=${() => acts("open", one.id)}>${t("open")}</button>
      <button type="button" aria-label=${t("whyOf", { who: who.contact(one) })} onClick=${() => acts("why", one.id)}>${t("why")}</button>
      <button type="button" aria-label=${t("changeOf", { who: who.contact(one) })} onClick=${() => acts("change", one.id)}>${t("change")}</button>
    </td></tr>`;
  const all = board.waiting;
  return html`<section class="card" aria-labelledby="waiting">
    <header><h2 id="waiting">${t("waitingContacts")}</h2><span class="badge">${all.length + board.moreContacts}</span></header>
    <div class="wide"><table class="cards">
      <thead><tr><th>${t("customer")}</th><th>${t("queue")}</th><th class="number">${t("wait")}</th>
        <th class="number">${t("priority")}</th><th>${t("state")}</th><th><span class="hidden-text">${t("actions")}</span></th></tr></thead>
      <tbody><${Rows} all=${all} row=${row} columns="6" none=${t("nobodyWaits")} more=${board.moreContacts} /></tbody>
    </table></div>
  </section>`;
}

export function Held({ board, acts, who }) {
  const row = (one) => html`<tr key=${one.id} data-contact=${one.id}>
    <td data-name=${t("customer")}><${Name} one=${one} who=${who} /></td>
    <td data-name=${t("agent")}>${who.agent(one.agent)}</td>
    <td data-name=${t("queue")}>${one.queue}</td>
    <td class="number" data-name=${t("since")}><${Since} at=${one.since} /></td>
    <td data-name=${t("state")}><${State} state=${one.state} /></td>
    <td class="acts" data-name="">
      <button type="button" aria-label=${t("openOf", { who: who.contact(one) })} onClick=${() => acts("open", one.id)}>${t("open")}</button>
    </td></tr>`;
  const all = board.held;
  return html`<section class="card" aria-labelledby="held">
    <header><h2 id="held">${t("heldContacts")}</h2><span class="badge">${all.length}</span></header>
    <div class="wide"><table class="cards">
      <thead><tr><th>${t("customer")}</th><th>${t("agent")}</th><th>${t("queue")}</th><th class="number">${t("since")}</th>
        <th>${t("state")}</th><th><span class="hidden-text">${t("actions")}</span></th></tr></thead>
      <tbody><${Rows} all=${all} row=${row} columns="6" none=${t("nobodyHeld")} /></tbody>
    </table></div>
  </section>`;
}
