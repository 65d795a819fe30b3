// The page of those who run the platform: as it is, its last hour, its dead letters.
import { html, render, useEffect, useReducer, useState } from "../shared/ui.js";
import { Languages } from "../shared/i18n.js";
import { Bearer } from "../shared/bearer.js";
import { Said, Tabs, useSaid, useTab, words } from "../shared/staff.js";
import { Feed } from "./feed.js";
import { Flow } from "./flow.js";
import { Heat } from "./heat.js";
import { Agents, Latency, Queues, Shedding } from "./center.js";
import { Alerts, Running } from "./alerts.js";
import { Switches } from "./switches.js";
import { SignIn } from "./signin.js";
import { t } from "./texts.js";

const TABS = ["live", "hour", "letters"];
const bearer = new Bearer();
const { api } = bearer;

function Live({ view, say }) {
  const { now } = view;
  return html`<div class="ops">
    <div class="stack"><${Flow} now=${now} /><${Heat} now=${now} /></div>
    <div class="stack"><${Alerts} view=${view} /><${Switches} api=${api} say=${say} /><${Queues} now=${now} /><${Agents} now=${now} />
      <${Latency} now=${now} /><${Shedding} now=${now} /></div>
  </div>`;
}

// What is not known is said: nothing gathered, no connection, or lag that nobody measures.
function Bar({ feed }) {
  const { problem, view } = feed;
  if (problem?.status === 403) return html`<p class="notice bad" role="alert">${words(problem)}</p>`;
  if (problem && view) return html`<p class="notice bad" role="alert">${problem.status === 0 ? t("reconnecting") : t("notGathered")}</p>`;
  const { lag_at_ms: lagAt, at_ms: at } = view?.now ?? {};
  if (view && (lagAt == null || at - lagAt > 10_000)) return html`<p class="notice" role="status">${t("lagUnknown")}</p>`;
  return null;
}

// What a section needs is fetched when it is looked at.
function Later({ load, ...rest }) {
  const [Part, setPart] = useState(null);
  useEffect(() => { load().then((made) => setPart(() => made)); }, []);
  return Part ? html`<${Part} ...${rest} />` : html`<p class="empty" role="status">${t("loading")}</p>`;
}

const letters = () => import("./letters.js").then((found) => found.Letters);
const hour = () => import("./hour.js").then((found) => found.Hour);

function Page() {
  const [, draw] = useReducer((n) => n + 1, 0);
  const [feed, setFeed] = useState(null);
  const [tab, onTab] = useTab(TABS);
  const [say, said] = useSaid();
  const begin = () => {
    feed?.close();
    setFeed(new Feed({ api, changed: draw }));
  };
  useEffect(() => {
    document.title = `${t("title")} · aicc`;
    bearer.begin().catch(() => false).then(begin);
  }, []);
  if (feed?.problem?.status === 401) return html`<${SignIn} bearer=${bearer} refused=${Boolean(api.token)} onDone=${begin} />`;
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector("main").focus(); }}>${t("skip")}</a>
    <header class="top"><h1>${t("title")}</h1>
      ${TABS.length > 1 && html`<${Tabs} tabs=${TABS.map((key) => [key, t(key)])} tab=${tab} onTab=${onTab} label=${t("sections")} />`}
      <span class="push"></span><${Languages} /></header>
    ${feed && html`<${Bar} feed=${feed} />`}
    ${feed?.view && html`<${Running} view=${feed.view} />`}
    <main tabindex="-1" id="main">
      ${!feed?.view && !feed?.problem && html`<p class="empty" role="status">${t("loading")}</p>`}
      ${!feed?.view && feed?.problem && feed.problem.status !== 403 && html`<p class="notice bad" role="alert">${feed.problem.status === 503 ? t("notGathered") : words(feed.problem)}</p>`}
      ${tab === "live" && feed?.view && html`<${Live} view=${feed.view} say=${say} />`}
      ${tab === "hour" && feed?.view && html`<${Later} key="hour" load=${hour} api=${api} />`}
      ${tab === "letters" && feed?.view && html`<${Later} key="letters" load=${letters} api=${api} say=${say} />`}
    </main>
    <${Said} said=${said} />`;
}

render(html`<${Page} />`, document.body);
