// What is wrong now, what was wrong in the last day, and the load tests that run.
import { html } from "../shared/ui.js";
import { time, duration } from "../shared/format.js";
import { Since } from "../shared/staff.js";
import { age, ms, percent, plain, rate } from "./words.js";
import { t } from "./texts.js";

const FIGURES = { LagOverTarget: age, LagGrows: age, PartitionStuck: age, OldestWaitLong: duration, Shedding: percent, ErrorBudgetBurnsFast: rate, ResponsesSlow: ms };
const SHOWN = 12;

// Our own alerts are said in the page's language, others in their rule's words.
export function says(alert) {
  const own = t(`alert.${alert.name}`, { about: plain(alert.about ?? ""), value: FIGURES[alert.name]?.(alert.value ?? 0) ?? "" });
  return own === `alert.${alert.name}` || (alert.source && alert.source !== "own") ? alert.says || alert.name : own;
}

const linked = (alert) => /^https?:\/\//.test(alert.runbook ?? "");

function Entry({ alert }) {
  const over = alert.ended_ms != null;
  const bad = alert.severity === "page" || alert.severity === "critical";
  return html`<li class=${over ? "over" : ""}>
    <span class=${`badge ${over ? "" : bad ? "bad" : "warn"}`}>${over ? t("over") : t(bad ? "severity.page" : "severity.ticket")}</span>
    <span><span>${says(alert)}</span> <span class="quiet small">${alert.name}${alert.source === "alertmanager" ? " · Alertmanager" : ""}
      ${linked(alert) && html` · <a href=${alert.runbook} target="_blank" rel="noreferrer">${t("runbook")}</a>`}</span></span>
    <span class="small quiet when">${time(alert.began_ms)}${over ? `–${time(alert.ended_ms)}` : html` · <${Since} at=${alert.began_ms} />`}</span></li>`;
}

export function Alerts({ view }) {
  const on = view.alerts.filter((one) => one.ended_ms == null);
  const over = view.alerts.filter((one) => one.ended_ms != null);
  return html`<section class="card" aria-labelledby="alerts">
    <header><h2 id="alerts">${t("alerts")}</h2><span class="push"><span class=${`badge ${on.length ? "bad" : "good"}`}>${on.length ? t("alertsOn", { n: on.length }) : t("noAlerts")}</span></span></header>
    ${!view.alerts.length && html`<p class="empty">${t("noneToday")}</p>`}
    <ul class="alerts" aria-live="polite">${[...on, ...over].slice(0, SHOWN).map((one) => html`<${Entry} key=${`${one.source}${one.name}${one.about}${one.began_ms}`} alert=${one} />`)}</ul>
    ${view.alerts.length > SHOWN && html`<p class="small quiet">${t("more", { n: view.alerts.length - SHOWN })}</p>`}
  </section>`;
}

// Whether a load test runs: one that never said its end counts as over some time after it should have been.
export const runs = (mark, at) => mark.ended_ms == null && at < mark.until_ms + 60_000;

export function Running({ view }) {
  const those = view.marks.filter((one) => runs(one, view.now.at_ms));
  if (!those.length) return null;
  return html`<p class="notice" role="status">${those.map((one) => html`<span key=${one.run}>${t("loadTest", { name: one.name })} <span class="id">${one.run}</span> · <${Since} at=${one.began_ms} /> </span>`)}</p>`;
}
