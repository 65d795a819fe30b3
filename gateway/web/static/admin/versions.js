// Who published what when, and a way back to any version; and who did what else.
import { html, useEffect, useState } from "../shared/ui.js";
import { date, time } from "../shared/format.js";
import { words } from "../shared/staff.js";
import { Changes } from "./review.js";
import { t } from "./texts.js";

// Pages of a log, newest first: [items, more, problem].
function usePages(ask, of) {
  const [page, setPage] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = (before) => ask(before?.next_before).then(
    (found) => { setProblem(null); setPage({ ...found, items: [...(before?.items ?? []), ...found.items] }); }, setProblem,
  );
  useEffect(() => { load(null); }, [of]);
  return [page, () => load(page), problem, () => load(null)];
}

const At = ({ at }) => html`<time datetime=${at}>${date(Date.parse(at))} ${time(Date.parse(at))}</time>`;

function Pages({ title, page, more, problem, children }) {
  return html`<section class="card stack" aria-label=${title}><h2>${title}</h2>
    ${problem && html`<p class="notice bad" role="alert">${words(problem)}</p>`}
    ${!page && !problem && html`<p class="empty" role="status">${t("loading")}</p>`}
    ${page && !page.items.length && html`<p class="empty">${t("empty")}</p>`}
    ${page && page.items.length > 0 && children}
    ${page?.next_before != null && html`<p><button type="button" onClick=${more}>${t("older")}</button></p>`}</section>`;
}

export function Versions({ config, base, onRestore }) {
  const [page, more, problem, anew] = usePages(
    (before) => config.log(base.pool, { limit: 10, before, include: "config" }), `${base.pool} ${base.version}`,
  );
  // The audit is stored a moment after the version counts.
  useEffect(() => {
    if (!page || (page.items[0]?.version ?? 0) >= base.version) return undefined;
    const timer = setTimeout(anew, 1500);
    return () => clearTimeout(timer);
  }, [page, base.version]);
  return html`<${Pages} title=${t("versions")} page=${page} more=${more} problem=${problem}>
    <div class="wide"><table class="cards"><thead><tr><th>${t("version")}</th><th>${t("when")}</th><th>${t("who")}</th><th>${t("changes")}</th><th></th></tr></thead>
      <tbody>${page?.items.map((one) => html`<tr key=${one.id} data-version=${one.version}>
        <td class="id" data-name=${t("version")}>${one.version}</td><td data-name=${t("when")}><${At} at=${one.at} /></td>
        <td data-name=${t("who")}>${one.author} <span class="badge">${one.source}</span></td>
        <td data-name=${t("changes")}><details><summary>${t("changesOf", { n: one.changed })}</summary><${Changes} changes=${one.changes} all=${one.changed} /></details></td>
        <td class="acts" data-name="">${one.version === base.version ? html`<span class="badge good">${t("current")}</span>`
          : one.config && html`<button type="button" aria-label=${t("goBackOf", { version: one.version })} onClick=${() => onRestore(one)}>${t("goBack")}</button>`}</td>
      </tr>`)}</tbody></table></div><//>`;
}

export function Audit({ api }) {
  const [page, more, problem] = usePages((before) => api.get("/admin/audit", { limit: 50, before }), "");
  return html`<${Pages} title=${t("audit")} page=${page} more=${more} problem=${problem}>
    <div class="wide"><table class="cards"><thead><tr><th>${t("when")}</th><th>${t("actor")}</th><th>${t("action")}</th><th>${t("of")}</th><th>${t("detail")}</th></tr></thead>
      <tbody>${page?.items.map((one) => html`<tr key=${one.id}><td data-name=${t("when")}><${At} at=${one.at} /></td><td data-name=${t("actor")}>${one.actor}</td>
        <td data-name=${t("action")}>${t(`action.${one.action}`)}</td><td class="id" data-name=${t("of")}>${one.customer_id || one.contact_id || one.session_id || one.pool || "–"}</td>
        <td data-name=${t("detail")}>${one.detail}</td></tr>`)}</tbody></table></div><//>`;
}
