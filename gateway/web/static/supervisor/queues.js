// Queues: who waits, how long, how good the service was, and how the line went in the last minutes.
import { html, useState } from "../shared/ui.js";
import { count, duration } from "../shared/format.js";
import { Since } from "../shared/staff.js";
import { t } from "./texts.js";

const KEPT = "aicc-service-level-target";
const WIDTH = 100;
const HEIGHT = 24;

function Trend({ samples }) {
  const most = Math.max(1, ...samples);
  const step = WIDTH / Math.max(1, samples.length - 1);
  const points = samples.map((value, i) => `${(i * step).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 3)).toFixed(1)}`);
  const area = `M0,${HEIGHT} L${points.join(" L")} L${((samples.length - 1) * step).toFixed(1)},${HEIGHT} Z`;
  const label = t("trendOf", { now: samples.at(-1) ?? 0, most: Math.max(0, ...samples) });
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>
    <title>${label}</title>
    ${samples.length > 1 && html`<path d=${area}></path><polyline points=${points.join(" ")}></polyline>`}
  </svg>`;
}

function Level({ level, target }) {
  if (level == null) return "–";
  const good = 100 * level >= target;
  return html`<span class=${`badge ${good ? "good" : "bad"}`}>${count(100 * level)} %
    <span class="hidden-text"> ${t(good ? "reached" : "below")}</span></span>`;
}

function Estimate({ now }) {
  if (now?.estimated_wait_s == null) return "–";
  return t("upTo", { low: duration(now.estimated_wait_s), high: duration(now.estimated_wait_high_s ?? now.estimated_wait_s) });
}

function Row({ feed, queue, target }) {
  const measured = feed.of(queue);
  const first = feed.board.waiting.find((one) => one.queue === queue && !one.synthetic);
  const recent = measured?.recent;
  return html`<tr>
    <th scope="row">${queue}</th>
    <td class="number" data-name=${t("waiting")}><strong>${feed.waiting(queue)}</strong></td>
    <td class="number" data-name=${t("oldest")}>${first ? html`<${Since} at=${first.since} />` : "–"}</td>
    <td class="number" data-name=${t("level")}><${Level} level=${recent?.service_level} target=${target} /></td>
    <td class="number" data-name=${t("estimate")}><${Estimate} now=${measured?.now} /></td>
    <td class="small quiet" data-name=${t("recent", { minutes: (feed.metrics?.window_s ?? 1800) / 60 })}>
      ${recent ? t("recentOf", recent) : "–"}</td>
    <td data-name=${t("trend")}><${Trend} samples=${feed.trend.get(queue) ?? []} /></td>
  </tr>`;
}

export function Queues({ feed }) {
  const [target, setTarget] = useState(Number(localStorage.getItem(KEPT)) || 80);
  const change = (event) => {
    localStorage.setItem(KEPT, event.target.value);
    setTarget(Number(event.target.value));
  };
  const minutes = (feed.metrics?.window_s ?? 1800) / 60;
  return html`<section class="card" aria-labelledby="queues">
    <header><h2 id="queues">${t("queues")}</h2>
      <label class="push row small"><span>${t("target")}</span>
        <input class="target" type="number" min="1" max="100" value=${target} onChange=${change} /></label></header>
    <div class="wide"><table class="cards">
      <thead><tr><th>${t("queue")}</th><th class="number">${t("waiting")}</th><th class="number">${t("oldest")}</th>
        <th class="number" title=${t("levelHint", { minutes, seconds: feed.metrics?.within_s ?? 20 })}>${t("level")}</th>
        <th class="number">${t("estimate")}</th><th>${t("recent", { minutes })}</th><th>${t("trend")}</th></tr></thead>
      <tbody>${feed.board.queues.map((queue) => html`<${Row} key=${queue} feed=${feed} queue=${queue} target=${target} />`)}</tbody>
    </table></div>
  </section>`;
}
