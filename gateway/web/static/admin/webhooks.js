// The page of webhooks. Everything that comes from elsewhere is written as text, never as markup.
"use strict";

const EVENTS = [
  "conversation.started", "conversation.closed", "conversation.rated",
  "contact.requested", "contact.assigned", "contact.transferred", "contact.ended",
];
const EVERY_MS = 3000;
const $ = (id) => document.getElementById(id);
const pages = []; // the `before` of each page behind us; empty on the newest
let nextBefore = null;
let bearer = sessionStorage.getItem("aicc-token");
let open = new Set(); // deliveries whose body is shown

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function say(text, bad = false) {
  $("said").textContent = text;
  $("said").className = bad ? "bad" : "";
}

function call(method, path, body) {
  const headers = {};
  if (bearer) headers["Authorization"] = `Bearer ${bearer}`;
  if (body) headers["Content-Type"] = "application/json";
  return fetch(`/admin/webhooks${path}`, { method, headers, body: body && JSON.stringify(body) });
}

// Of a browser that has signed in; elsewhere there is no such call, or nothing to refresh.
async function refreshed() {
  const answer = await fetch("/auth/refresh", { method: "POST" });
  if (answer.ok) bearer = (await answer.json()).access_token;
  return answer.ok;
}

async function ask(method, path, body) {
  let answer = await call(method, path, body);
  if (answer.status === 401 && (await refreshed())) answer = await call(method, path, body);
  $("signing").hidden = ![401, 403].includes(answer.status);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail || found.title);
  return found;
}

async function act(work, done) {
  try {
    await work();
    await show();
    say(done);
  } catch (error) {
    say(error.message, true);
  }
}

function button(label, work, done) {
  const made = make("button", { type: "button", textContent: label });
  made.addEventListener("click", () => act(work, done));
  return made;
}

function time(text) {
  if (!text) return "–";
  const at = new Date(text);
  return make("time", { dateTime: text, title: at.toISOString(), textContent: at.toLocaleString() });
}

function soon(text) {
  if (!text) return "–";
  const seconds = Math.round((new Date(text) - Date.now()) / 1000);
  const label = seconds <= 0 ? "now" : seconds < 120 ? `in ${seconds} s`
    : seconds < 7200 ? `in ${Math.round(seconds / 60)} min` : `in ${Math.round(seconds / 3600)} h`;
  return make("time", { dateTime: text, title: text, textContent: label });
}

function reveal(answer) {
  $("secret").hidden = false;
  $("secret").textContent = `Endpoint ${answer.id} signs with ${answer.secret} – shown this once.`
    + (answer.former_until ? ` The former secret signs, too, until ${answer.former_until}.` : "");
}

function endpointRow(one) {
  const state = one.enabled ? "enabled" : "disabled";
  const buttons = [
    one.enabled
      ? button("Test", () => ask("POST", `/${one.id}/test`), "A test is on its way")
      : button("Enable", () => ask("POST", `/${one.id}/enable`), "Enabled"),
    button("New secret", async () => reveal(await ask("POST", `/${one.id}/rotate`)), "The secret was changed"),
    button("Remove", async () => {
      if (confirm(`Remove ${one.url} and what was sent to it?`)) await ask("DELETE", `/${one.id}`);
    }, ""),
  ];
  return make("tr", {},
    make("td", {}, make("div", { className: "url", textContent: one.url }),
      make("div", { className: "faint", textContent: `${one.id} ${one.description}` })),
    make("td", { textContent: one.events.join(", ") || "everything" }),
    make("td", { className: "number", textContent: one.pending }),
    make("td", { className: "number", textContent: one.dead }),
    make("td", {}, make("div", { className: `state ${state}`, textContent: state }),
      make("div", { className: "faint", textContent: one.disabled_why })),
    make("td", {}, ...buttons));
}

function deliveryRow(one) {
  const details = make("details", { open: open.has(one.id) },
    make("summary", { textContent: one.type }),
    make("div", { className: "faint", textContent: one.event_id }),
    make("pre", { textContent: JSON.stringify(one.body, null, 2) }));
  details.addEventListener("toggle", () => (details.open ? open.add(one.id) : open.delete(one.id)));
  const why = one.last_error || (one.last_status ? `HTTP ${one.last_status}` : "");
  const again = one.state === "pending" ? []
    : [button("Send again", () => ask("POST", `/deliveries/${one.id}/retry`), "It will be sent again")];
  return make("tr", {},
    make("td", {}, details, make("div", { className: "faint" }, time(one.created_at))),
    make("td", { className: "url", textContent: one.url }),
    make("td", {}, make("span", { className: `state ${one.state}`, textContent: one.state })),
    make("td", { className: "number", textContent: one.tries }),
    make("td", {}, time(one.last_try_at), make("div", { className: "faint", textContent: why })),
    make("td", {}, soon(one.next_try_at)),
    make("td", {}, ...again));
}

function fill(body, rows, columns, none) {
  const empty = make("td", { colSpan: columns, className: "faint", textContent: none });
  body.replaceChildren(...(rows.length ? rows : [make("tr", {}, empty)]));
}

async function showEndpoints() {
  const { items } = await ask("GET", "");
  fill($("endpoints"), items.map(endpointRow), 6, "None yet.");
  const chosen = $("of").value;
  const options = items.map((one) => make("option", { value: one.id, textContent: `${one.id} ${one.url}` }));
  $("of").replaceChildren(make("option", { value: "", textContent: "all" }), ...options);
  $("of").value = items.some((one) => String(one.id) === chosen) ? chosen : "";
}

async function showDeliveries() {
  const query = new URLSearchParams({ include: "body", limit: "25" });
  if ($("of").value) query.set("endpoint", $("of").value);
  if ($("state").value) query.set("state", $("state").value);
  if (pages.length) query.set("before", pages.at(-1));
  const found = await ask("GET", `/deliveries?${query}`);
  nextBefore = found.next_before;
  fill($("deliveries"), found.items.map(deliveryRow), 7, "Nothing.");
  $("older").disabled = nextBefore === null;
  $("newest").disabled = pages.length === 0;
}

async function show() {
  await showEndpoints();
  await showDeliveries();
}

function turn(change) {
  change();
  act(async () => {}, "");
}

function start() {
  $("events").append(...EVENTS.map((name) => make("label", {}, make("input", { type: "checkbox", value: name }), name)));
  $("adding").addEventListener("submit", (event) => {
    event.preventDefault();
    const events = [...$("events").querySelectorAll("input:checked")].map((box) => box.value);
    const wanted = { url: $("url").value, description: $("description").value, events };
    act(async () => { reveal(await ask("POST", "", wanted)); $("adding").reset(); }, "Added");
  });
  $("signing").addEventListener("submit", (event) => {
    event.preventDefault();
    bearer = $("token").value;
    sessionStorage.setItem("aicc-token", bearer);
    turn(() => {});
  });
  $("filter").addEventListener("submit", (event) => event.preventDefault());
  $("filter").addEventListener("change", () => turn(() => { pages.length = 0; }));
  $("newest").addEventListener("click", () => turn(() => { pages.length = 0; }));
  $("older").addEventListener("click", () => turn(() => pages.push(nextBefore)));
  turn(() => {});
  // Not while something is being read or chosen.
  setInterval(() => {
    const busy = document.hidden || pages.length || document.activeElement?.closest("form, details");
    if (!busy) show().catch((error) => say(error.message, true));
  }, EVERY_MS);
}

start();
