// Dead letters: looked at, put back, or discarded with a reason.
import { html, useEffect, useState } from "../shared/ui.js";
import { count, date, time } from "../shared/format.js";
import { Dialog, words } from "../shared/staff.js";
import { t } from "./texts.js";

const pathOf = (id, what = "") => `/ops/letters/${encodeURIComponent(id)}${what && `/${what}`}`;
const isOpen = (one) => !one.decided || one.decided.outcome === "replaying";
// What the gateway says of a conflict is about this letter; other problems have words of their own.
const saysWhy = (problem) => (problem.status === 409 || problem.status === 404 ? problem.message : words(problem));

function Outcome({ decided }) {
  const name = decided?.outcome ?? "open";
  return html`<span class=${`badge ${name === "open" ? "bad" : name === "replaying" ? "warn" : ""}`}>${t(`outcome.${name}`)}</span>
    ${decided && html` <span class="small quiet">${decided.author}${decided.reason ? `: ${decided.reason}` : ""}</span>`}`;
}

function Whole({ api, id, act, onClose }) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const [reason, setReason] = useState("");
  useEffect(() => { api.get(pathOf(id)).then(setFound, setProblem); }, [id]);
  const open = found && isOpen(found.letter);
  const done = async (work) => { if (await work) onClose(); };
  return html`<${Dialog} title=${id} onClose=${onClose}>
    ${problem && html`<p class="notice bad" role="alert">${saysWhy(problem)}</p>`}
    ${!found && !problem && html`<p class="empty" role="status">${t("loading")}</p>`}
    ${found && html`
      <p><${Outcome} decided=${found.letter.decided} /></p>
      <p><strong>${found.letter.reason}</strong>${found.letter.meaning && html`<br />${found.letter.meaning}`}</p>
      <h3>${t("record")} <span class="quiet small">${t("bytes", { n: count(found.letter.bytes) })}${found.is_cut ? ` · ${t("isCut")}` : ""}</span></h3>
      <pre class="letter" tabindex="0">${found.text}</pre>
      <details><summary>${t("headers")}</summary><dl class="small">${[[t("key"), found.key], ...Object.entries(found.headers)].map(([name, text]) => html`<dt class="quiet">${name}</dt><dd class="id">${text}</dd>`)}</dl></details>
      <p class="small quiet">${t("looksNoted")}</p>
      ${open && html`<div class="stack"><p class="small">${t("replayHint")}</p>
        <div class="row"><button type="button" class="main" onClick=${() => done(act.replay(id))}>${t("replay")}</button></div>
        <form class="line" onSubmit=${(event) => { event.preventDefault(); done(act.discard(id, reason.trim())); }}>
          <label><span>${t("discardReason")}</span><input required maxlength="500" pattern=".*[^\\s].*" value=${reason} onInput=${(event) => setReason(event.target.value)} /></label>
          <button class="danger">${t("discard")}</button></form></div>`}`}
  </${Dialog}>`;
}

function All({ open, act, onClose }) {
  const [done, setDone] = useState(null);
  const go = async () => {
    await act.all(open, setDone);
    onClose();
  };
  return html`<${Dialog} title=${t("replayAll", { n: open.length })} onClose=${onClose}>
    <p>${t("replayAllHint", { n: open.length })}</p>
    ${done == null ? html`<div class="row"><button type="button" class="main" onClick=${go}>${t("replay")}</button></div>`
      : html`<p role="status"><progress max=${open.length} value=${done}></progress> ${t("replaying", { done, n: open.length })}</p>`}
  </${Dialog}>`;
}

export function Letters({ api, say }) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const [everything, setEverything] = useState(false);
  const [asked, setAsked] = useState(null); // an id, or "" for all
  const [loading, setLoading] = useState(false);
  const load = async () => {
    setLoading(true);
    await api.get("/ops/letters").then((page) => { setFound(page); setProblem(null); }, setProblem);
    setLoading(false);
  };
  useEffect(() => { load(); }, []);
  const tried = async (work, said) => {
    try {
      say(said(await work()));
      await load();
      return true;
    } catch (refused) {
      say(saysWhy(refused), true);
      return false;
    }
  };
  const act = {
    replay: (id) => tried(() => api.post(pathOf(id, "replay")), ({ offset }) => t("replayed", { id, offset })),
    discard: (id, reason) => tried(() => api.post(pathOf(id, "discard"), { reason }), () => t("discarded", { id })),
    async all(open, progress) {
      let failed = 0;
      for (const [i, one] of open.entries()) {
        progress(i);
        await api.post(pathOf(one.id, "replay")).catch(() => { failed += 1; });
      }
      say(t("replayedAll", { done: open.length - failed, failed }), failed > 0);
      await load();
    },
  };
  const items = found?.items ?? [];
  const open = items.filter(isOpen);
  const shown = everything ? items : open;
  return html`<section class="card" aria-labelledby="letters">
    <header><h2 id="letters">${t("letters")}</h2>
      <label class="check push"><input type="checkbox" checked=${everything} onChange=${(event) => setEverything(event.target.checked)} /><span>${t("showAll")}</span></label>
      <button type="button" disabled=${loading} onClick=${load}>${t("refresh")}</button>
      <button type="button" class="main" disabled=${!open.length} onClick=${() => setAsked("")}>${t("replayAll", { n: open.length })}</button></header>
    <p class="small quiet">${t("lettersHint", { n: found?.looked_at ?? 200 })}</p>
    ${problem && html`<p class="notice bad" role="alert">${saysWhy(problem)}</p>`}
    ${!found && !problem && html`<p class="empty" role="status">${t("loading")}</p>`}
    ${found && !shown.length && html`<p class="empty">${t("noLetters")}</p>`}
    ${shown.length > 0 && html`<div class="wide"><table class="cards">
      <thead><tr><th>${t("letter")}</th><th>${t("when")}</th><th>${t("why")}</th><th>${t("outcome")}</th><th></th></tr></thead>
      <tbody>${shown.map((one) => html`<tr key=${one.id} data-letter=${one.id}>
        <th scope="row" class="id">${one.id}</th>
        <td data-name=${t("when")}>${date(Date.parse(one.at))} ${time(Date.parse(one.at))}</td>
        <td data-name=${t("why")}>${one.reason.slice(0, 160)}${one.meaning && html`<br /><span class="small quiet">${one.meaning}</span>`}</td>
        <td data-name=${t("outcome")}><${Outcome} decided=${one.decided} /></td>
        <td class="acts"><button type="button" onClick=${() => setAsked(one.id)}>${t("show")}</button></td></tr>`)}</tbody>
    </table></div>`}
    ${asked === "" && html`<${All} open=${open} act=${act} onClose=${() => setAsked(null)} />`}
    ${asked && html`<${Whole} api=${api} id=${asked} act=${act} onClose=${() => setAsked(null)} />`}
  </section>`;
}
