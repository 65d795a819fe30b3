// Lag by group and partition: each cell's colour is the age of its oldest record, its sign how it goes on.
import { html, useState } from "../shared/ui.js";
import { count } from "../shared/format.js";
import { age, drained, plain, SIGNS, Standing } from "./words.js";
import { t } from "./texts.js";

// 0 for nothing, to 5 for a minute and more.
const EDGES = [0, 1, 3, 10, 60];
const heat = (one) => (one.records ? EDGES.filter((edge) => one.seconds > edge).length : 0);

function Cell({ one, unit }) {
  const standing = one.standing ?? "ok";
  const text = unit === "records" ? count(one.records) : age(one.seconds);
  const says = t("cell", { partition: one.partition, records: count(one.records), age: age(one.seconds), standing: t(standing), drained: drained({ catchup_s: 0, standing, ...one }) });
  return html`<td class=${`cell heat${heat(one)}`} title=${says}>
    <span aria-hidden="true">${standing === "ok" ? "" : `${SIGNS[standing]} `}${one.records ? text : "·"}</span>
    <span class="hidden-text">${says}</span></td>`;
}

function Row({ stage, cells, width, unit }) {
  return html`<tr>
    <th scope="row"><span class="group">${plain(stage.group)}</span> <span class="topic">${stage.topic}</span></th>
    <td data-name=${t("standing")}><${Standing} standing=${stage.standing} /> <span class="small quiet drain">${drained(stage)}</span></td>
    <td class="number" data-name=${t("records")}>${count(stage.records)}</td>
    <td class="number" data-name=${t("oldestRecord")}>${age(stage.seconds)}</td>
    ${cells.map((one) => html`<${Cell} key=${one.partition} one=${one} unit=${unit} />`)}
    ${cells.length < width && html`<td class="none" colspan=${width - cells.length}></td>`}
  </tr>`;
}

export function Heat({ now }) {
  const [unit, setUnit] = useState("seconds");
  const of = (stage) => now.lag.filter((one) => one.group === stage.group && one.topic === stage.topic).sort((a, b) => a.partition - b.partition);
  const rows = now.stages.map((stage) => ({ stage, cells: of(stage) }));
  const width = Math.max(1, ...rows.map(({ cells }) => cells.length));
  return html`<section class="card" aria-labelledby="lag">
    <header><h2 id="lag">${t("lag")}</h2>
      <div class="push" role="group" aria-label=${t("unit")}>
        ${["seconds", "records"].map((one) => html`<button type="button" class="plain" aria-pressed=${one === unit} onClick=${() => setUnit(one)}>${t(`unit.${one}`)}</button>`)}
      </div></header>
    ${!rows.length && html`<p class="empty">${t("noLag")}</p>`}
    ${rows.length > 0 && html`<div class="wide" tabindex="0" role="region" aria-labelledby="lag"><table class="heat">
      <thead><tr><th>${t("group")}</th><th>${t("toDrain")}</th><th class="number">${t("records")}</th><th class="number">${t("oldestRecord")}</th>
        <th colspan=${width}>${t("partitions", { last: width - 1 })}</th></tr></thead>
      <tbody>${rows.map(({ stage, cells }) => html`<${Row} key=${stage.group + stage.topic} stage=${stage} cells=${cells} width=${width} unit=${unit} />`)}</tbody>
    </table></div>
    <p class="small quiet legend" aria-hidden="true">${["≤ 1 s", "≤ 3 s", "≤ 10 s", "≤ 1 min", "> 1 min"].map((name, i) => html`<span class=${`heat${i + 1}`}>${name}</span>`)}</p>`}
  </section>`;
}
