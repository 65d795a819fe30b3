// A waiting contact by hand: into another queue, to an agent, more or less urgent; and why it waits.
import { html, useEffect, useState } from "../shared/ui.js";
import { count, duration } from "../shared/format.js";
import { Dialog, words } from "../shared/staff.js";
import { plain } from "./plain.js";
import { t } from "./texts.js";

// `values` are [value, name]; what is chosen goes to `work`, and nothing else can be sent meanwhile.
function Choice({ title, hint, label, values, first, button, none, work }) {
  const [value, setValue] = useState(first ?? values[0]?.[0]);
  const [busy, setBusy] = useState(false);
  if (!values.length) return html`<div><h3>${title}</h3><p class="quiet">${none}</p></div>`;
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    await work(value);
    setBusy(false);
  };
  return html`<form onSubmit=${send}>
    <h3>${title}</h3><p class="small quiet">${hint}</p>
    <div class="row"><label><span class="hidden-text">${label}</span>
      <select value=${value} onChange=${(event) => setValue(event.target.value)}>
        ${values.map(([key, name]) => html`<option value=${key}>${name}</option>`)}</select></label>
      <button class="main" disabled=${busy}>${button}</button></div>
  </form>`;
}

export function Actions({ feed, act, id, who, onClose }) {
  const { board } = feed;
  const contact = board.contacts.get(id);
  if (!contact) return html`<${Dialog} title=${t("change")} onClose=${onClose}><p>${t("over")}</p><//>`;
  const closing = async (done) => (await done) && onClose();
  const queues = board.queues.filter((queue) => queue !== contact.queue).map((queue) => [queue, queue]);
  const agents = [...board.agents.values()].filter((agent) => agent.synthetic === contact.synthetic)
    .map((agent) => [agent.id, `${who.agent(agent.id)} (${board.heldBy(agent.id).length}/${agent.capacity || "–"})`]);
  const levels = [...Array(10).keys()].map((level) => [String(level), String(level)]);
  return html`<${Dialog} title=${t("changeOf", { who: who.contact(contact) })} onClose=${onClose}><div class="three">
    <${Choice} title=${t("priority")} hint=${t("priorityHint")} label=${t("priority")} values=${levels}
      first=${String(contact.priority)} button=${t("priorityDo")}
      work=${(priority) => closing(act("prioritize", { contact_id: id, priority: Number(priority) }, t("prioritized", { priority })))} />
    <${Choice} title=${t("move")} hint=${t("moveHint")} label=${t("queue")} values=${queues} none=${t("noOther")}
      button=${t("moveDo")} work=${(queue) => closing(act("move", { contact_id: id, queue }, t("moved", { queue })))} />
    <${Choice} title=${t("assign")} hint=${t("assignHint")} label=${t("agent")} values=${agents} none=${t("noAgents")}
      button=${t("assignDo")}
      work=${(agent) => closing(act("assign", { contact_id: id, agent_id: agent }, t("offeredTo", { agent: who.agent(agent) })))} />
  </div><//>`;
}

function Explained({ why, who }) {
  const groups = new Map();
  for (const agent of why.agents ?? []) {
    const reason = (agent.why_not ?? []).map(plain).join(" · ");
    groups.set(reason, [...(groups.get(reason) ?? []), agent]);
  }
  const free = groups.get("") ?? [];
  groups.delete("");
  const wait = why.estimated_wait_s == null ? "–"
    : t("upTo", { low: duration(why.estimated_wait_s), high: duration(why.estimated_wait_high_s ?? why.estimated_wait_s) });
  return html`
    <p><strong>${plain(why.reason ?? "")}</strong></p>
    <dl class="fields">
      <div><dt class="quiet small">${t("queue")}</dt><dd>${why.queue}${why.position ? ` · ${count(why.position)}` : ""}</dd></div>
      <div><dt class="quiet small">${t("wait")}</dt><dd>${duration(why.waited_s ?? 0)}</dd></div>
      <div><dt class="quiet small">${t("estimate")}</dt><dd>${wait}</dd></div>
      <div><dt class="quiet small">${t("priority")}</dt><dd>${why.priority ?? 0}</dd></div>
    </dl>
    ${free.length > 0 && html`<p class="good">${free.map((one) => who.agent(one.agent_id)).join(", ")}</p>`}
    <div class="wide"><table><thead><tr><th>${t("reason")}</th><th>${t("agents")}</th></tr></thead>
      <tbody>${[...groups].map(([reason, agents]) => html`<tr key=${reason}><td>${reason}</td>
        <td>${agents.slice(0, 12).map((one) => who.agent(one.agent_id)).join(", ")}${agents.length > 12 ? ` +${agents.length - 12}` : ""}</td></tr>`)}</tbody></table></div>
    ${(why.upcoming ?? []).length > 0 && html`<ul>${why.upcoming.map((one) => html`<li>${duration(one.in_s)}: ${plain(one.what)}</li>`)}</ul>`}`;
}

export function Why({ api, feed, pool, id, who, onClose }) {
  const [why, setWhy] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    api.post("/routing/explain", { contact_id: id, pool }).then(setWhy, setProblem);
  }, [id]);
  const contact = feed.board.contacts.get(id) ?? { session: id.split(".")[0] };
  return html`<${Dialog} title=${t("whyOf", { who: who.contact(contact) })} onClose=${onClose}>
    ${problem && html`<p class="bad" role="alert">${words(problem)}</p>`}
    ${!why && !problem && html`<p role="status">${t("loading")}</p>`}
    ${why && html`<${Explained} why=${why} who=${who} />`}
  <//>`;
}
