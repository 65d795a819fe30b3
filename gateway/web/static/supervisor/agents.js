// Agents who are there, by state: since when, and what they hold.
import { html } from "../shared/ui.js";
import { Since } from "../shared/staff.js";
import { t } from "./texts.js";

const ORDER = ["serving", "wrapping", "offered", "available", "not_responding", "away", "leaving"];
const TONES = { available: "good", serving: "good", offered: "warn", not_responding: "bad", leaving: "bad" };
const HELD = { assigned: "serving", wrapping: "wrapping", reserved: "offered" };

// Each agent in one state: by what it holds, else by its presence.
export function stateOf(agent, held) {
  for (const state of ["assigned", "wrapping", "reserved"]) {
    if (held.some((one) => one.state === state)) return HELD[state];
  }
  if (agent.presence === "routable") return "available";
  if (agent.presence === "offline") return "leaving";
  return agent.reason === "not_responding" ? "not_responding" : "away";
}

export function Agents({ board, acts, who }) {
  const all = [...board.agents.values()].map((agent) => {
    const held = board.heldBy(agent.id);
    return { ...agent, held, state: stateOf(agent, held) };
  });
  all.sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.id.localeCompare(other.id));
  const counts = ORDER.map((state) => [state, all.filter((one) => one.state === state).length]).filter(([, n]) => n);
  return html`<section class="card" aria-labelledby="agents">
    <header><h2 id="agents">${t("agents")}</h2>
      ${counts.map(([state, n]) => html`<span class=${`badge ${TONES[state] ?? ""}`}>${t(state)} ${n}</span>`)}</header>
    <div class="wide"><table>
      <thead><tr><th>${t("agent")}</th><th>${t("state")}</th><th class="number">${t("holds")}</th>
        <th><span class="hidden-text">${t("actions")}</span></th></tr></thead>
      <tbody>
        ${!all.length && html`<tr><td colspan="4" class="empty">${t("nobodyHere")}</td></tr>`}
        ${all.map((one) => html`<tr key=${one.id} data-agent=${one.id}>
          <td>${who.agent(one.id)}${one.synthetic && html` <span class="badge">${t("synthetic")}</span>`}</td>
          <td><span class=${`badge ${TONES[one.state] ?? ""}`}>${t(one.state)}</span>
            <span class="small quiet"> ${one.state === "away" && one.reason ? `${one.reason} ` : ""}
              ${!one.exact && html`<span title=${t("atLeast")}>≥ </span>`}<${Since} at=${one.since} /></span></td>
          <td class="number" title=${one.held.map((held) => who.contact(held)).join(", ")}>
            ${t("holdsOf", { held: one.held.length, capacity: one.capacity || "–" })}</td>
          <td class="acts"><button type="button" aria-label=${t("presenceOf", { who: who.agent(one.id) })}
            onClick=${() => acts("presence", one.id)}>${t("change")}</button></td>
        </tr>`)}
      </tbody></table></div>
  </section>`;
}
