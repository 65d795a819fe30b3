// The supervisor's page: one pool live, its history and its intervals.
import { html, render, useEffect, useReducer, useRef, useState } from "../shared/ui.js";
import { Languages } from "../shared/i18n.js";
import { Api, signInAddress } from "../shared/api.js";
import { viewer } from "../shared/images.js";
import { Said, Tabs, useSaid, useTab, words } from "../shared/staff.js";
import { Board } from "./board.js";
import { Feed } from "./feed.js";
import { Queues } from "./queues.js";
import { Held, Waiting } from "./contacts.js";
import { Agents } from "./agents.js";
import { Decisions } from "./decisions.js";
import { Actions, Why } from "./actions.js";
import { Presence } from "./presence.js";
import { Conversation } from "./conversation.js";
import { History } from "./history.js";
import { Intervals } from "./intervals.js";
import { t } from "./texts.js";

const api = new Api({ refresh: true });
viewer.token = () => api.token;
const ME = "aicc-supervisor";
const KEPT_POOL = "aicc-pool";

// The pools there are, each with the names of its agents where the configuration may be read.
async function pools() {
  const found = await api.get("/admin/config").catch(() => ({ pools: [] }));
  if (found.pools.length) return found.pools.map((one) => ({ pool: one.pool, names: namesOf(one) }));
  const metrics = await api.get("/monitoring/metrics");
  return metrics.pools.map(({ pool }) => ({ pool, names: new Map() }));
}

const namesOf = (pool) => new Map((pool.agents ?? []).map((agent) => [agent.id, agent.name]));

// The pool's feed for as long as the page shows it; `me` names who does what.
function useFeed(pool, me) {
  const [, draw] = useReducer((n) => n + 1, 0);
  const [state, setState] = useState("connecting");
  const listeners = useRef(new Map());
  const [feed, setFeed] = useState(null);
  useEffect(() => {
    const board = new Board(() => draw());
    const transcript = (session, frame) => listeners.current.get(session)?.(frame);
    const made = new Feed({ api, board, pool, me, onState: setState, transcript });
    made.listeners = listeners.current;
    setFeed(made);
    return () => made.close();
  }, [pool, me]);
  return [feed, state];
}

function Live({ feed, acts, who }) {
  const { board } = feed;
  if (!board.ready) return html`<p class="empty">${t("loading")}</p>`;
  return html`<div class="grid">
    <div class="stack">
      <${Queues} feed=${feed} /><${Waiting} board=${board} acts=${acts} who=${who} />
      <${Held} board=${board} acts=${acts} who=${who} />
    </div>
    <div class="stack"><${Agents} board=${board} acts=${acts} who=${who} /><${Decisions} board=${board} who=${who} /></div>
  </div>`;
}

function Bar({ state }) {
  if (state === "open" || state === "connecting") return null;
  if (state === "signed-out") {
    return html`<p class="notice bad" role="alert">${t(state)} <a href=${signInAddress()}>${t("signIn")}</a></p>`;
  }
  return html`<p class="notice" role="status">${t("waitingNet")}</p>`;
}

const DIALOGS = { change: Actions, why: Why, presence: Presence, open: Conversation };

function Pool({ known, pool, onPool, me, onMe }) {
  const [tab, onTab] = useTab(["live", "history", "today"]);
  const [say, said] = useSaid();
  const [asked, setAsked] = useState(null); // the dialog that is open: {what, id}
  const [feed, state] = useFeed(pool, me);
  const names = known.find((one) => one.pool === pool)?.names ?? new Map();
  const who = {
    agent: (id) => names.get(id) || id,
    contact: (one) => one?.customer || `#${(one?.session ?? "").slice(-6)}`,
  };
  // What a supervisor does: its outcome is said either way. Whether it was done.
  const act = async (what, body, done) => {
    try {
      const answer = await api.post(`/supervisor/${what}`, { pool, supervisor: me, ...body });
      say(answer.verdict === null ? t("sent") : done);
      return true;
    } catch (problem) {
      say(words(problem), true);
      return false;
    }
  };
  const acts = (what, id) => setAsked({ what, id });
  const Asked = asked && DIALOGS[asked.what];
  const parts = { api, feed, act, say, who, me, pool };
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector("main").focus(); }}>${t("skip")}</a>
    <header class="top">
      <h1>${t("title")}</h1>
      <${Tabs} tabs=${["live", "history", "today"].map((key) => [key, t(key)])} tab=${tab} onTab=${onTab} label=${t("sections")} />
      <label class="push"><span>${t("pool")}</span>
        <select value=${pool} onChange=${(event) => onPool(event.target.value)}>
          ${known.map((one) => html`<option value=${one.pool}>${one.pool}</option>`)}
        </select></label>
      <label><span>${t("me")}</span>
        <input value=${me} maxlength="60" onChange=${(event) => onMe(event.target.value.trim() || "local")} /></label>
      <${Languages} />
    </header>
    <${Bar} state=${state} />
    <main tabindex="-1" id="main">
      ${tab === "live" && feed && html`<${Live} feed=${feed} acts=${acts} who=${who} />`}
      ${tab === "history" && html`<${History} ...${parts} queues=${feed?.board.queues ?? []} />`}
      ${tab === "today" && html`<${Intervals} key=${pool} ...${parts} />`}
    </main>
    ${Asked && html`<${Asked} ...${parts} key=${asked.id} id=${asked.id} onClose=${() => setAsked(null)} />`}
    <${Said} said=${said} />`;
}

function Page() {
  const [known, setKnown] = useState(null);
  const [pool, setPool] = useState(new URLSearchParams(location.search).get("pool") ?? localStorage.getItem(KEPT_POOL));
  const [me, setMe] = useState(localStorage.getItem(ME) ?? "local");
  const [problem, setProblem] = useState(null);
  const load = () => {
    setProblem(null);
    pools().then(setKnown, setProblem);
  };
  useEffect(load, []);
  useEffect(() => {
    document.title = `${t("title")} · aicc`;
  }, []);
  if (problem) {
    return html`<main><p class="notice bad" role="alert">${words(problem)}</p>
      <p><button class="main" onClick=${load}>${t("retry")}</button></p></main>`;
  }
  if (!known) return html`<p class="empty" role="status">${t("loading")}</p>`;
  if (!known.length) return html`<p class="empty" role="status">${t("noPools")}</p>`;
  const chosen = known.some((one) => one.pool === pool) ? pool : known[0].pool;
  const keep = (key, set) => (value) => {
    localStorage.setItem(key, value);
    set(value);
  };
  return html`<${Pool} known=${known} pool=${chosen} onPool=${keep(KEPT_POOL, setPool)} me=${me} onMe=${keep(ME, setMe)} />`;
}

render(html`<${Page} />`, document.body);
