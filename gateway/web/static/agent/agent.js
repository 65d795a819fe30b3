// The agent's page: who works here, then the desk, drawn at most once a frame.
import { html, render } from "/ui/shared/ui.js";
import { Bearer } from "/ui/shared/bearer.js";
import { viewer } from "/ui/shared/images.js";
import { Actions } from "./actions.js";
import { Alerts } from "./alerts.js";
import { App } from "./desk.js";
import { Histories } from "./history.js";
import { Kept } from "./kept.js";
import { Line } from "./line.js";
import { Seat } from "./seat.js";
import { SignIn } from "./signin.js";
import { Desk } from "./state.js";
import { t } from "./texts.js";

const HIDDEN_MS = 1000;
const RING_EVERY_S = 4;
const bearer = new Bearer();
viewer.token = () => bearer.token;
const alerts = new Alerts();
const page = document.getElementById("page");
let work = null; // {desk, line, actions, histories, alerts, bearer} while somebody works
let why = "loading"; // or why nobody does

let frame = 0;
let timer = 0;
function changed() {
  if (frame || timer) return;
  // A page that nobody sees gets no frames, yet its title counts.
  if (document.hidden) timer = setTimeout(draw, HIDDEN_MS);
  else frame = requestAnimationFrame(draw);
}

function draw() {
  forgetDrawing();
  document.title = title();
  const shown = work
    ? html`<${App} ...${work} onLeave=${leave} onGoOffline=${goOffline} onToken=${showToken} />`
    : html`<${SignIn} why=${why} login=${bearer.login} onToken=${paste} onProvider=${() => bearer.goToProvider()}
        onAgain=${begin} onHere=${() => Seat.take(bearer.claims.sub, sit, stoodUp)} />`;
  render(shown, page);
}

function forgetDrawing() {
  clearTimeout(timer);
  cancelAnimationFrame(frame);
  timer = 0;
  frame = 0;
}

function title() {
  if (!work) return t("title");
  const { offers, contacts, sessions } = work.desk;
  const unread = [...contacts.values()].reduce((sum, one) => sum + (sessions.get(one.session_id)?.unread ?? 0), 0);
  if (offers.size) return `🔔 ${t("offer.new")} · ${t("title")}`;
  return unread ? `(${unread}) ${t("title")}` : t("title");
}

async function begin() {
  say("loading");
  try {
    if (!(await bearer.begin())) return say("");
    Seat.wait(bearer.claims.sub, sit, stoodUp, () => say("elsewhere"));
  } catch (problem) {
    say(problem.status === 0 || problem.status >= 500 ? "unreachable" : "refused");
  }
  return undefined;
}

function paste(token) {
  bearer.paste(token);
  begin();
}

// The desk of who has the seat.
async function sit() {
  say("loading");
  let agent;
  try {
    agent = await bearer.api.get("/agent/desk");
  } catch (problem) {
    Seat.leave();
    const why = { 401: "refused", 403: "forbidden", 409: "forbidden" }[problem.status];
    if (why) bearer.forget();
    say(why ?? "unreachable");
    return;
  }
  const kept = new Kept(agent.agent_id);
  const desk = new Desk({ agent, kept, changed, onOffer, onOfferOver: (id) => alerts.over(id), onWord });
  const line = new Line(desk, bearer, stop);
  const { api } = bearer;
  work = { desk, line, actions: new Actions(desk, line, api), histories: new Histories(desk, api), alerts, bearer, kept };
  changed();
}

function onOffer(offer) {
  const { desk, histories } = work;
  alerts.ring();
  alerts.notify(offer.contact_id, t("offer.new"), `${desk.nameOf(offer)} · ${offer.queue}`);
  histories.about(offer.session_id);
}

function onWord(held, entry) {
  const { desk } = work;
  if (document.hidden) alerts.tick();
  alerts.notify(held.contact_id, desk.nameOf(held), (entry.text ?? "").slice(0, 120));
}

function say(reason) {
  why = reason;
  changed();
}

// Nobody works here any more, for this reason.
function stop(reason) {
  if (!work) return;
  work.line.close();
  work.kept.write();
  work = null;
  Seat.leave();
  if (reason === "over") bearer.forget();
  say(reason);
}

function stoodUp() {
  stop("elsewhere");
}

function goOffline() {
  stop("offline");
}

async function leave() {
  stop("");
  await bearer.signOut();
  say("");
}

function showToken(token) {
  bearer.paste(token);
  work.line.showToken();
}

function shortcut(event) {
  if (!work || !event.altKey || event.ctrlKey || event.metaKey) return;
  const { desk, actions } = work;
  const offer = desk.offers.values().next().value;
  const nth = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (event.code === "KeyA" && offer) actions.accept(offer);
  else if (event.code === "KeyR" && offer) actions.reject(offer);
  else if (nth && [...desk.contacts.keys()][nth - 1]) desk.activate([...desk.contacts.keys()][nth - 1]);
  else return;
  event.preventDefault();
}

let seconds = 0;
setInterval(() => {
  seconds += 1;
  if (!work) return;
  work.line.tick();
  work.desk.tick();
  if (seconds % RING_EVERY_S === 0 && [...work.desk.offers.values()].some((one) => !one.answer)) alerts.ring();
}, 1000);
addEventListener("keydown", shortcut);
addEventListener("resize", changed);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && work) work.desk.activate(work.desk.active);
  forgetDrawing();
  changed();
});
begin();
