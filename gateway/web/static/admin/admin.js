// The administrator's page: a pool is changed as a draft, looked at as a difference, and applied as a whole.
import { html, render, useEffect, useRef, useState } from "../shared/ui.js";
import { Languages } from "../shared/i18n.js";
import { Api, signInAddress } from "../shared/api.js";
import { Dialog, Said, Tabs, useSaid, useTab, words } from "../shared/staff.js";
import { Config } from "./config.js";
import { Answers } from "./answers.js";
import { again, copy, same, tidy } from "./draft.js";
import { Bot } from "./bot.js";
import { Flows } from "./flows.js";
import { AsText } from "./text.js";
import { Review } from "./review.js";
import { Skills, Things } from "./things.js";
import { Audit, Versions } from "./versions.js";
import { t } from "./texts.js";

const api = new Api({ refresh: true });
const config = new Config(api);
const ME = "aicc-admin";
const TABS = ["queues", "agents", "skills", "hours", "flows", "bot", "answers", "text", "versions", "audit"];

function Pool({ first, pick, me, onMe, known }) {
  const [base, setBase] = useState(first); // what the draft was made from
  const [draft, setDraft] = useState(copy(first));
  const [tab, onTab] = useTab(TABS);
  const [dialog, setDialog] = useState("");
  const [say, said] = useSaid();
  const [filled, setFilled] = useState(0); // texts begin anew with what came from elsewhere
  const pending = !same(base, draft);
  useEffect(() => {
    const stay = (event) => pending && event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [pending]);
  const change = (next) => setDraft(tidy(next));
  const fill = (from, next) => {
    setBase(from);
    setDraft(tidy(copy(next)));
    setFilled(filled + 1);
  };
  const applied = async ({ version }) => {
    const { body } = await config.read(base.pool).catch(() => ({ body: { ...draft, version } }));
    fill(body, body);
    setDialog("");
    say(t("applied", { version }));
  };
  const rebase = (theirs, next) => {
    fill(theirs, next);
    say(t("combined"));
    if (same(theirs, next)) setDialog("");
  };
  const restore = (entry) => {
    setDraft({ ...again(entry.config), version: base.version });
    setFilled(filled + 1);
    setDialog("review");
    say(t("restored", { version: entry.version }));
  };
  const parts = { pool: draft, change, config, base, say };
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector("main").focus(); }}>${t("skip")}</a>
    <header class="top"><h1>${t("page")}</h1>
      <${Tabs} tabs=${TABS.map((key) => [key, t(key)])} tab=${tab} onTab=${onTab} label=${t("sections")} />
      <a class="button plain" href="/admin/webhooks.html">${t("webhooks")}</a>
      <label class="push"><span>${t("pool")}</span><select value=${base.pool} disabled=${pending} onChange=${(event) => pick(event.target.value)}>
        ${known.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <label><span>${t("me")}</span><input value=${me} maxlength="100" onChange=${(event) => onMe(event.target.value.trim())} /></label>
      <${Languages} /></header>
    <main tabindex="-1" id="main">
      ${["queues", "agents", "hours"].includes(tab) && html`<${Things} key=${tab} kind=${tab} ...${parts} />`}
      ${tab === "skills" && html`<${Skills} ...${parts} />`}
      ${tab === "flows" && html`<${Flows} ...${parts} />`}
      ${tab === "bot" && html`<${Bot} ...${parts} />`}
      ${tab === "answers" && html`<${Answers} ...${parts} />`}
      ${tab === "text" && html`<${AsText} key=${filled} ...${parts} />`}
      ${tab === "versions" && html`<${Versions} config=${config} base=${base} onRestore=${restore} />`}
      ${tab === "audit" && html`<${Audit} api=${api} />`}
    </main>
    ${pending && html`<div class="pending" role="region" aria-label=${t("pending")}><span>${t("pending")}</span>
      <button type="button" class="main push" onClick=${() => setDialog("review")}>${t("review")}</button>
      <button type="button" class="danger" onClick=${() => setDialog("discard")}>${t("discard")}</button></div>`}
    ${dialog === "review" && html`<${Review} config=${config} base=${base} draft=${draft} change=${change}
      onApplied=${applied} onRebase=${rebase} onClose=${() => setDialog("")} />`}
    ${dialog === "discard" && html`<${Dialog} title=${t("discard")} onClose=${() => setDialog("")}><p>${t("discardSure")}</p>
      <div class="row"><button type="button" class="danger" onClick=${() => { fill(base, base); setDialog(""); }}>${t("discard")}</button>
        <button type="button" onClick=${() => setDialog("")}>${t("back")}</button></div><//>`}
    <${Said} said=${said} />`;
}

function Page() {
  const [pools, setPools] = useState(null);
  const [problem, setProblem] = useState(null);
  const [name, setName] = useState(new URLSearchParams(location.search).get("pool"));
  const [me, setMe] = useState(localStorage.getItem(ME) ?? "");
  const nth = useRef(0);
  config.author = me;
  const load = () => {
    setProblem(null);
    return config.all().then((found) => {
      nth.current += 1; // the form begins anew
      setPools(found.pools);
    }, setProblem);
  };
  useEffect(() => { load(); }, []);
  useEffect(() => { document.title = `${t("page")} · aicc`; }, []);
  if (problem) {
    return html`<main class="stack"><p class="notice bad" role="alert">${words(problem)}</p>
      <div class="row"><button type="button" class="main" onClick=${load}>${t("retry")}</button>
      ${problem.status === 401 && html`<a class="button" href=${signInAddress()}>${t("signIn")}</a>`}</div></main>`;
  }
  if (!pools) return html`<p class="empty" role="status">${t("loading")}</p>`;
  if (!pools.length) return html`<p class="empty" role="status">${t("noPools")}</p>`;
  const first = pools.find((one) => one.pool === name) ?? pools[0];
  const keep = (value) => { localStorage.setItem(ME, value); setMe(value); };
  const pick = (next) => load().then(() => setName(next));
  return html`<${Pool} key=${`${first.pool} ${nth.current}`} first=${first} known=${pools.map((one) => one.pool)} pick=${pick} me=${me} onMe=${keep} />`;
}

render(html`<${Page} />`, document.body);
