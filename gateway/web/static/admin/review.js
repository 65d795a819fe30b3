// What a draft would change, as the gateway says; its errors with their paths; and somebody else's change meanwhile.
import { html, useEffect, useState } from "../shared/ui.js";
import { date, time } from "../shared/format.js";
import { Dialog, words } from "../shared/staff.js";
import { again, homeless, merge } from "./draft.js";
import { t } from "./texts.js";

export function Changes({ changes, all = changes.length }) {
  if (!changes.length) return html`<p class="empty">${t("nothing")}</p>`;
  return html`<div class="wide"><table class="diff"><thead><tr><th>${t("path")}</th><th>${t("before")}</th><th>${t("after")}</th></tr></thead>
    <tbody>${changes.map(({ path, before = "", after = "" }) => html`<tr key=${path}>
      <th scope="row"><code>${path.replace(/^pools\[[^\]]*\]\.?/, "")}</code></th>
      <td>${before ? html`<pre class="old">${before}</pre>` : html`<span class="badge good">${t("added")}</span>`}</td>
      <td>${after ? html`<pre class="new">${after}</pre>` : html`<span class="badge bad">${t("removed")}</span>`}</td></tr>`)}</tbody></table></div>
    ${all > changes.length && html`<p class="quiet">${t("shownOf", { n: changes.length, all })}</p>`}`;
}

export function Errors({ problem }) {
  if (problem.status !== 422) return html`<p class="notice bad" role="alert">${words(problem)}</p>`;
  return html`<div class="notice bad" role="alert"><strong>${t("refusedTitle")}</strong>
    <ul>${problem.message.split("\n").map((line) => html`<li><code>${line}</code></li>`)}</ul></div>`;
}

function Homeless({ names, draft, change }) {
  const queues = (draft.queues ?? []).map((one) => one.name);
  const choose = (name, to) => change({ ...draft, moves: { ...draft.moves, [name]: to } });
  return html`<fieldset><legend>${t("homelessTitle")}</legend><div class="fields">${names.map((name) => html`<label key=${name}>
    <span>${t("homelessOf", { queue: name })}</span><select onChange=${(event) => choose(name, event.target.value)}>
      <option value="">${t("choose")}</option>${queues.map((queue) => html`<option value=${queue}>${queue}</option>`)}</select></label>`)}</div></fieldset>`;
}

// Another version was published since: what it changed, and what may be done.
function Conflict({ config, base, draft, onCombine, onTheirs }) {
  const [their, setTheir] = useState(null);
  const [problem, setProblem] = useState(null);
  const look = async () => {
    const { body } = await config.read(base.pool);
    const page = await config.log(base.pool, { limit: 1 });
    const said = await config.check(again(base), body.version); // what would lead back: their change the other way round
    const changes = said.changes.map(({ path, before, after }) => ({ path, before: after, after: before }));
    setTheir({ body, changes, all: said.changed, entry: page.items.find((one) => one.version === body.version) });
  };
  useEffect(() => { look().catch(setProblem); }, []);
  if (problem) return html`<${Errors} problem=${problem} />`;
  if (!their) return html`<p role="status">${t("loading")}</p>`;
  const clashes = [];
  const merged = merge(base, draft, their.body, clashes);
  const at = Date.parse(their.entry?.at ?? new Date().toISOString());
  return html`<div class="notice" role="alert"><strong>${t("conflictTitle")}</strong>
      <p>${t("conflictWhat", { who: their.entry?.author ?? "–", when: `${date(at)} ${time(at)}` })}</p>
      ${clashes.filter((path) => path !== "version").length > 0 && html`<p>${t("clash", { paths: clashes.filter((path) => path !== "version").join(", ") })}</p>`}</div>
    <${Changes} changes=${their.changes} all=${their.all} />
    <div class="row"><button type="button" class="main" onClick=${() => onCombine(their.body, { ...merged, version: their.body.version })}>${t("combine")}</button>
      <button type="button" class="danger" onClick=${() => onTheirs(their.body)}>${t("theirs")}</button></div>`;
}

export function Review({ config, base, draft, change, onApplied, onRebase, onClose }) {
  const [said, setSaid] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const names = homeless(base, draft);
  const ask = names.length ? "" : JSON.stringify(draft);
  const check = () => {
    setSaid(null);
    setProblem(null);
    if (ask) config.check(draft, base.version).then(setSaid, setProblem);
  };
  useEffect(check, [ask, base.version]);
  const apply = async () => {
    setBusy(true);
    try {
      onApplied(await config.apply(draft, base.version));
    } catch (refused) {
      setSaid(null);
      setProblem(refused);
    }
    setBusy(false);
  };
  const stale = problem?.status === 412;
  return html`<${Dialog} title=${t("reviewTitle", { pool: base.pool })} onClose=${onClose}>
    ${names.length > 0 && html`<${Homeless} names=${names} draft=${draft} change=${change} />`}
    ${!said && !problem && !names.length && html`<p role="status">${t("loading")}</p>`}
    ${stale && html`<${Conflict} config=${config} base=${base} draft=${draft} onCombine=${onRebase} onTheirs=${(body) => onRebase(body, body)} />`}
    ${problem && !stale && html`<${Errors} problem=${problem} />`}
    ${said && html`<${Changes} changes=${said.changes} all=${said.changed} />`}
    <div class="row">${said && said.changed > 0 && html`<button type="button" class="main" disabled=${busy} onClick=${apply}>${t("apply")}</button>`}
      <button type="button" onClick=${onClose}>${t("back")}</button></div>
  <//>`;
}
