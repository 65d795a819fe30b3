// The last hour: load, latency, lag, waits and the service level, with load tests and alerts marked in time.
import { html, useEffect, useState } from "../shared/ui.js";
import { count, time } from "../shared/format.js";
import { words } from "../shared/staff.js";
import { Chart } from "./chart.js";
import { runs, says } from "./alerts.js";
import { age, ms, percent, plain, rate } from "./words.js";
import { t } from "./texts.js";

const AGAIN_MS = 10_000;
const known = (values) => values.filter((one) => one != null);

// Each line's highest and newest value, for who does not see the chart.
const told = (lines, shown) => lines.map(({ label, values }) => {
  const those = known(values);
  return those.length ? t("chartSays", { label, now: shown(those.at(-1)), most: shown(Math.max(...those)) }) : "";
}).filter(Boolean).join("; ");

function spansOf({ alerts, marks }, now) {
  return [
    ...marks.map((one) => ({ from: one.began_ms, to: one.ended_ms ?? (runs(one, now) ? now : one.until_ms) })),
    ...alerts.map((one) => ({ from: one.began_ms, to: one.ended_ms ?? now, bad: true })),
  ];
}

function charts(hour) {
  const line = (name) => ({ label: t(`series.${name}`), values: hour.series[name] });
  const groups = Object.entries(hour.lag_s).map(([group, values]) => ({ label: plain(group), values }));
  return [
    ["requests", [line("requests"), line("refused"), line("errors")], (v) => `${rate(v)}/s`],
    ["latency", [line("p50_ms"), line("p99_ms"), line("p95_ms")], ms],
    ["lag", groups, age],
    ["contacts", [line("waiting"), line("busy"), line("available")], count],
    ["oldest", [line("oldest_s")], age],
    ["level", [line("level")], percent],
  ];
}

// What is marked, in words: bands and marks alone say nothing to many.
function Marked({ hour }) {
  const since = hour.at_ms[0] ?? 0;
  const marks = hour.marks.filter((one) => (one.ended_ms ?? one.until_ms) >= since);
  const alerts = hour.alerts.filter((one) => (one.ended_ms ?? Infinity) >= since);
  if (!marks.length && !alerts.length) return null;
  return html`<section class="card" aria-labelledby="marked"><h2 id="marked">${t("marked")}</h2><ul class="plain-list">
    ${marks.map((one) => html`<li key=${one.run}><span class="swatch load" aria-hidden="true"></span> ${time(one.began_ms)}–${one.ended_ms ? time(one.ended_ms) : ""} ${t("loadTestNamed", { name: one.name })} <span class="id">${one.run}</span></li>`)}
    ${alerts.map((one) => html`<li key=${one.name + one.about + one.began_ms}><span class="swatch alert" aria-hidden="true"></span> ${time(one.began_ms)}–${one.ended_ms ? time(one.ended_ms) : ""} ${says(one)}</li>`)}
  </ul></section>`;
}

export function Hour({ api }) {
  const [hour, setHour] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    let timer = 0;
    let ended = false;
    const load = async () => {
      if (!document.hidden) await api.get("/ops/hour", { step: 5 }).then((found) => { setHour(found); setProblem(null); }, setProblem);
      if (!ended) timer = setTimeout(load, AGAIN_MS);
    };
    load();
    return () => { ended = true; clearTimeout(timer); };
  }, []);
  if (!hour) return problem ? html`<p class="notice bad" role="alert">${words(problem)}</p>` : html`<p class="empty" role="status">${t("loading")}</p>`;
  const now = hour.at_ms.at(-1) ?? Date.now();
  const spans = spansOf(hour, now);
  return html`<div class="stack">
    ${problem && html`<p class="notice bad" role="alert">${words(problem)}</p>`}
    ${hour.at_ms.length < 3 ? html`<p class="empty">${t("hourEmpty")}</p>` : html`<div class="charts">
      ${charts(hour).map(([name, lines, shown]) => html`<${Chart} key=${name} title=${t(`chart.${name}`)} at=${hour.at_ms} lines=${lines} shown=${shown} spans=${spans} says=${told(lines, shown)} />`)}</div>`}
    <${Marked} hour=${hour} />
  </div>`;
}
