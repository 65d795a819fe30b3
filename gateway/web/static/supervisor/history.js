// What was: by filters or by words that were said, page by page, each with its transcript; and all of it as a file.
import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { count, date, duration, time } from "../shared/format.js";
import { Dialog, words } from "../shared/staff.js";
import { Transcript } from "./transcript.js";
import { t } from "./texts.js";

const STATUSES = ["open", "completed", "abandoned", "bot_resolved", "expired", "overflow", "refused", "failed"];
const EMPTY = { q: "", from: "", to: "", status: "", channel: "", customer_id: "", agent_id: "", queue: "", phone: "" };
const when = (text) => (text ? new Date(text).toISOString() : "");

// As the gateway asks for them: without what is empty.
function asked({ q, ...filters }) {
  const told = { ...filters, from: when(filters.from), to: when(filters.to) };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
}

function Form({ filters, onChange, onSearch, onExport, queues }) {
  const field = (name, label, type = "text") => html`<label><span>${label}</span>
    <input type=${type} name=${name} value=${filters[name]} maxlength="200" onInput=${(event) => onChange({ ...filters, [name]: event.target.value })} /></label>`;
  const choice = (name, label, values) => html`<label><span>${label}</span>
    <select name=${name} value=${filters[name]} onChange=${(event) => onChange({ ...filters, [name]: event.target.value })}>
      <option value="">${t("any")}</option>${values.map(([value, said]) => html`<option value=${value}>${said}</option>`)}</select></label>`;
  return html`<form class="card stack" role="search" onSubmit=${(event) => { event.preventDefault(); onSearch(); }}>
    ${field("q", t("words"), "search")}
    <div class="fields">
      ${field("from", t("from"), "datetime-local")}${field("to", t("to"), "datetime-local")}
      ${choice("status", t("status"), STATUSES.map((one) => [one, t(`status.${one}`)]))}
      ${choice("channel", t("channel"), ["chat", "voice"].map((one) => [one, t(one)]))}
      ${choice("queue", t("queue"), queues.map((one) => [one, one]))}
      ${field("agent_id", t("agent"))}${field("customer_id", t("customer"))}${field("phone", t("phone"), "tel")}
    </div>
    <div class="row"><button class="main">${t("search")}</button>
      <button type="button" onClick=${() => onExport("csv")}>${t("exportCsv")}</button>
      <button type="button" onClick=${() => onExport("ndjson")}>${t("exportNdjson")}</button>
      ${filters.q && html`<span class="small quiet">${t("exportHint")}</span>`}</div>
  </form>`;
}

function Row({ one, who, onOpen }) {
  const began = Date.parse(one.started_at);
  const name = one.customer_name || one.customer_id;
  return html`<tr>
    <td data-name=${t("began")}>${date(began)} ${time(began)}</td>
    <td data-name=${t("customer")}>${name}${one.match_text && html`<br /><span class="small quiet">${one.match_text}</span>`}</td>
    <td data-name=${t("status")}><span class="badge">${t(`status.${one.status}`)}</span></td>
    <td data-name=${t("queue")}>${one.queue ?? "–"}</td>
    <td data-name=${t("agent")}>${one.agent_id ? one.agent_name || who.agent(one.agent_id) : "–"}</td>
    <td class="number" data-name=${t("length")}>${one.ended_at ? duration((Date.parse(one.ended_at) - began) / 1000) : "–"}</td>
    <td class="number" data-name=${t("messages")}>${count(one.message_count ?? 0)}</td>
    <td class="acts" data-name=""><button type="button" aria-label=${t("openOf", { who: name })} onClick=${() => onOpen(one)}>${t("open")}</button></td>
  </tr>`;
}

function Read({ api, one, who, onClose }) {
  const [entries, setEntries] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    api.get(`/consultation/${one.session_id}`).then((found) => setEntries(found.messages ?? []), setProblem);
  }, [one.session_id]);
  return html`<${Dialog} title=${t("conversation", { who: one.customer_name || one.customer_id })} onClose=${onClose}>
    <p class="id quiet">${one.session_id}</p>
    ${problem && html`<p class="bad" role="alert">${words(problem)}</p>`}
    ${entries ? html`<${Transcript} entries=${entries} who=${who} />` : !problem && html`<p role="status">${t("loading")}</p>`}
  <//>`;
}

// A file that the browser keeps, asked for with the token that a link could not bear.
async function download(api, format, filters) {
  const headers = api.token ? { Authorization: `Bearer ${api.token}` } : {};
  const answer = await fetch(`/consultation/export?${new URLSearchParams({ format, ...filters })}`, { headers });
  if (!answer.ok) throw Object.assign(new Error((await answer.json()).detail), { status: answer.status });
  const name = `consultations.${format}`;
  const address = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return name;
}

export function History({ api, who, say, queues }) {
  const [filters, setFilters] = useState(EMPTY);
  const [sent, setSent] = useState(EMPTY); // pages go on with the filters of the first one
  const [page, setPage] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(null);
  const newest = useRef(0); // the answer to what was asked last counts
  const load = async (by, before) => {
    newest.current += 1;
    const mine = newest.current;
    setBusy(true);
    setProblem(null);
    try {
      const query = { ...asked(by), limit: 25, ...(before ? { cursor: before.next_cursor } : {}) };
      const found = await (by.q.trim() ? api.get("/consultation/search", { q: by.q.trim(), ...query }) : api.get("/consultation/history", query));
      if (mine !== newest.current) return;
      setPage({ ...found, items: [...(before?.items ?? []), ...found.items], total: before?.total ?? found.total_estimate });
      setSent(by);
    } catch (refused) {
      if (mine !== newest.current) return;
      setProblem(refused);
    }
    setBusy(false);
  };
  useEffect(() => { load(EMPTY); }, []);
  const exportAs = (format) => download(api, format, asked(filters))
    .then((name) => say(t("exported", { name })), (refused) => say(words(refused), true));
  const shown = page && (page.total == null ? t("found", { n: page.items.length }) : t("foundOf", { n: count(page.items.length), all: count(page.total) }));
  return html`<div class="stack">
    <${Form} filters=${filters} onChange=${setFilters} onSearch=${() => load(filters)} onExport=${exportAs} queues=${queues} />
    ${problem && html`<p class="notice bad" role="alert">${words(problem)}</p>`}
    <section class="card" aria-label=${t("history")} aria-busy=${busy}>
      <p class="small quiet" role="status">${busy ? t("loading") : shown}</p>
      ${page && !page.items.length && html`<p class="empty">${t("nothingFound")}</p>`}
      ${page && page.items.length > 0 && html`<div class="wide"><table class="cards">
        <thead><tr><th>${t("began")}</th><th>${t("customer")}</th><th>${t("status")}</th><th>${t("queue")}</th><th>${t("agent")}</th>
          <th class="number">${t("length")}</th><th class="number">${t("messages")}</th><th><span class="hidden-text">${t("actions")}</span></th></tr></thead>
        <tbody>${page.items.map((one) => html`<${Row} key=${one.session_id} one=${one} who=${who} onOpen=${setOpen} />`)}</tbody></table></div>`}
      ${page?.next_cursor && html`<p><button type="button" disabled=${busy} onClick=${() => load(sent, page)}>${t("older")}</button></p>`}
    </section>
    ${open && html`<${Read} api=${api} one=${open} who=${who} onClose=${() => setOpen(null)} />`}
  </div>`;
}
