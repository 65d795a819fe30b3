// Queues, agents and the service level; what requests take and what is refused.
import { html } from "../shared/ui.js";
import { count, duration } from "../shared/format.js";
import { ms, percent, rate } from "./words.js";
import { t } from "./texts.js";

const GOAL = 0.8;
const STATES = ["available", "offered", "serving", "wrapping_up", "away", "not_responding", "offline"];

function Level({ level }) {
  if (level == null) return "–";
  return html`<span class=${`badge ${level >= GOAL ? "good" : "bad"}`}>${percent(level)}<span class="hidden-text"> ${t(level >= GOAL ? "reached" : "below")}</span></span>`;
}

export function Queues({ now }) {
  const queues = now.center?.queues ?? [];
  const minutes = (now.center?.window_s ?? 1800) / 60;
  return html`<section class="card" aria-labelledby="queues">
    <header><h2 id="queues">${t("queues")}</h2></header>
    ${!queues.length && html`<p class="empty">${t("noQueues")}</p>`}
    ${queues.length > 0 && html`<div class="wide"><table class="cards">
      <thead><tr><th>${t("queue")}</th><th class="number">${t("waiting")}</th><th class="number">${t("oldest")}</th>
        <th class="number" title=${t("levelHint", { minutes, seconds: now.center.within_s })}>${t("level")}</th><th class="number">${t("came", { minutes })}</th></tr></thead>
      <tbody>${queues.map((one) => html`<tr key=${`${one.pool}/${one.now.queue}`}>
        <th scope="row">${one.now.queue} <span class="quiet small">${one.pool}</span></th>
        <td class="number" data-name=${t("waiting")}><strong>${count(one.now.waiting)}</strong></td>
        <td class="number" data-name=${t("oldest")}>${one.now.waiting ? duration(one.now.longest_wait_s) : "–"}</td>
        <td class="number" data-name=${t("level")}><${Level} level=${one.recent.service_level} /></td>
        <td class="number small nowrap" data-name=${t("came", { minutes })}>${t("cameOf", one.recent)}</td></tr>`)}</tbody>
    </table></div>`}
  </section>`;
}

// One bar for each pool: its agents by state.
export function Agents({ now }) {
  const pools = now.center?.pools ?? [];
  return html`<section class="card" aria-labelledby="agents">
    <header><h2 id="agents">${t("agents")}</h2></header>
    ${!pools.length && html`<p class="empty">${t("noQueues")}</p>`}
    <ul class="pools">${pools.map(({ pool, agents }) => {
      const here = STATES.filter((name) => name !== "offline");
      const all = here.reduce((sum, name) => sum + agents[name], 0);
      const says = STATES.filter((name) => agents[name]).map((name) => `${t(`agent.${name}`)} ${agents[name]}`).join(" · ");
      return html`<li key=${pool}><strong>${pool}</strong>
        <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          ${here.reduce(({ at, parts }, name) => {
            const width = all ? (100 * agents[name]) / all : 0;
            if (width) parts.push(html`<rect class=${name} x=${at} width=${width} height="6"></rect>`);
            return { at: at + width, parts };
          }, { at: 0, parts: [] }).parts}</svg>
        <span class="small quiet">${says || t("nobody")}</span></li>`;
    })}</ul>
  </section>`;
}

export function Latency({ now }) {
  const { times, routes } = now.gateways;
  const cells = (one) => [one.p50_ms, one.p95_ms, one.p99_ms].map((value, i) => html`<td class=${`number ${value > 2000 ? "bad" : ""}`} data-name=${["p50", "p95", "p99"][i]}>${ms(value)}</td>`);
  return html`<section class="card" aria-labelledby="latency">
    <header><h2 id="latency">${t("latency")}</h2><span class="push quiet small">${t("ofFiveSeconds")}</span></header>
    <div class="wide"><table class="cards">
      <thead><tr><th>${t("request")}</th><th class="number">${t("perS")}</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th></tr></thead>
      <tbody><tr><th scope="row">${t("allWrites")}</th><td class="number" data-name=${t("perS")}>${rate(now.gateways.requests_per_s)}</td>${cells(times)}</tr>
        ${routes.map((one) => html`<tr key=${one.route}><th scope="row" class="id">${one.route}</th><td class="number" data-name=${t("perS")}>${rate(one.per_s)}</td>${cells(one.times)}</tr>`)}</tbody>
    </table></div>
  </section>`;
}

const PRESSURES = ["stages", "loop", "produce", "in_flight"];

export function Shedding({ now }) {
  const { level, shed, pressures, refused_per_s: refused, errors_per_s: errors, count: gateways } = now.gateways;
  return html`<section class="card" aria-labelledby="shedding">
    <header><h2 id="shedding">${t("shedding")}</h2>
      <span class="push"><span class=${`badge ${level > 0 ? "bad" : "good"}`}>${level > 0 ? t("sheds", { part: percent(level) }) : t("shedsNothing")}</span></span></header>
    <p class="small">${t("gatewaysSay", { gateways, refused: rate(refused), errors: rate(errors) })}</p>
    ${shed.length > 0 && html`<ul class="plain-list">${shed.map((one) => html`<li key=${one.kind + one.reason}><span class="id">${one.kind}</span> · ${t(`reason.${one.reason}`)} · <strong>${rate(one.per_s)}/s</strong></li>`)}</ul>`}
    <dl class="meters">${PRESSURES.filter((name) => name in pressures).map((name) => html`<div key=${name}><dt>${t(`pressure.${name}`)}</dt>
      <dd><meter min="0" max="2" high="1" optimum="0" value=${Math.min(2, pressures[name])} aria-label=${t(`pressure.${name}`)}></meter> <span class=${pressures[name] > 1 ? "bad" : ""}>${percent(pressures[name])}</span></dd></div>`)}</dl>
    <p class="small quiet">${t("pressureHint")}</p>
  </section>`;
}

