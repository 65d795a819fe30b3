// What was counted in each quarter of an hour of the last day, by queue.
import { html, useEffect, useState } from "../shared/ui.js";
import { count, duration, time } from "../shared/format.js";
import { words } from "../shared/staff.js";
import { t } from "./texts.js";

const mean = (sum, of) => (of ? duration(sum / of / 1000) : "–");

export function Intervals({ api, pool }) {
  const [rows, setRows] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => {
    setProblem(null);
    api.get("/reports/intervals", { pool, by: "queue" }).then(({ items }) => setRows(items.toReversed()), setProblem);
  };
  useEffect(load, [pool]);
  const cells = (one) => [
    one.queue, count(one.offered), count(one.answered), count(one.abandoned),
    one.service_level == null ? "–" : `${count(100 * one.service_level)} %`, mean(one.wait_ms, one.answered), mean(one.talk_ms + one.wrap_up_ms, one.handled),
  ];
  const heads = [t("queue"), t("queued"), t("answered"), t("abandoned"), t("level"), t("meanWait"), t("meanHandle")];
  return html`<section class="card" aria-label=${t("today")}>
    <div class="row"><h2>${t("today")}</h2><button type="button" class="push" onClick=${load}>${t("refresh")}</button></div>
    ${problem && html`<p class="notice bad" role="alert">${words(problem)}</p>`}
    ${!rows && !problem && html`<p class="empty" role="status">${t("loading")}</p>`}
    ${rows && !rows.length && html`<p class="empty">${t("noIntervals")}</p>`}
    ${rows && rows.length > 0 && html`<div class="wide"><table class="cards">
      <thead><tr><th>${t("interval")}</th>${heads.map((name, i) => html`<th class=${i ? "number" : ""}>${name}</th>`)}</tr></thead>
      <tbody>${rows.map((one) => html`<tr key=${one.begin_at + one.queue + one.channel}>
        <td data-name=${t("interval")}>${time(Date.parse(one.begin_at))}</td>
        ${cells(one).map((value, i) => html`<td class=${i ? "number" : ""} data-name=${heads[i]}>${value}</td>`)}</tr>`)}</tbody></table></div>`}
  </section>`;
}
