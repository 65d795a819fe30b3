// The customer's chat, as a page of its own or in the widget's frame.
import { Languages } from "/ui/shared/i18n.js";
import { html, render, useState } from "/ui/shared/ui.js";
import { EndDialog, Over } from "./closing.js";
import { paint } from "./colour.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { embedded, listen, tell } from "./host.js";
import { Log } from "./log.js";
import { Notice, Told } from "./notice.js";
import { Link, Queue, Standing } from "./status.js";
import { t } from "./texts.js";

const asked = new URLSearchParams(location.search);
const reader = { shown: !embedded, atEnd: true };
const chat = new Conversation({ queue: asked.get("queue") ?? "", onChange: changed });
const notice = new Notice({ wanted: () => chat.phase === "start" && !document.hidden, onChange: changed });
let due = false;
let told = "";

function changed() {
  if (due) return;
  due = true;
  // Nothing is drawn while nobody looks, but the title and the widget's button go on.
  if (document.hidden || !reader.shown) setTimeout(draw, 100);
  else requestAnimationFrame(draw);
}

function draw() {
  due = false;
  if (reader.shown && reader.atEnd && !document.hidden) chat.read();
  const unread = chat.unread();
  document.title = unread ? `(${unread}) ${t("title")}` : t("title");
  const news = { unread, running: chat.phase !== "start" && chat.phase !== "over" };
  if (told !== JSON.stringify(news)) tell(news);
  told = JSON.stringify(news);
  render(html`<${Page} />`, document.getElementById("page"));
}

function Page() {
  const [ending, setEnding] = useState(false);
  const { phase } = chat;
  const open = phase !== "start" && phase !== "over";
  return html`<div class="chat">
    <header class="row">
      <div class="grow"><h1>${t("title")}</h1><${Standing} chat=${chat} /></div>
      ${!open && html`<${Languages} />`}
      ${open && html`<button type="button" class="plain" onClick=${() => setEnding(true)}>${t("end")}</button>`}
      ${embedded && html`<button type="button" class="plain" aria-label=${t("close")}
        onClick=${() => tell({ close: true })}><span aria-hidden="true">✕</span></button>`}
    </header>
    <${Link} chat=${chat} />
    <main>
      ${phase === "start" ? html`<${Start} />` : html`
        <${Log} chat=${chat} atEnd=${reader.atEnd} onEnd=${sawEnd} key=${chat.session} />
        ${open ? html`<${Queue} chat=${chat} /><${Composer} chat=${chat} />` : html`<${Over} chat=${chat} />`}`}
    </main>
    ${ending && open && html`<${EndDialog} chat=${chat} onClose=${() => setEnding(false)} />`}
  </div>`;
}

function Start() {
  const start = async (event) => {
    event.preventDefault();
    if (chat.asking) return;
    await chat.start(new FormData(event.target).get("name").trim());
    if (chat.problem) notice.look();
  };
  return html`<form class="start stack" onSubmit=${start}>
    <h2>${t("welcome")}</h2>
    <p>${t("introduction")}</p>
    <${Told} notice=${notice} />
    <label><span>${t("name")}</span><input name="name" autocomplete="name" maxlength="200" /></label>
    ${chat.problem && html`<p class="bad" role="alert">${t(chat.problem)}</p>`}
    <button class="main" aria-disabled=${chat.asking}>${t(chat.asking ? "starting" : "start")}</button>
  </form>`;
}

function sawEnd(whether) {
  if (reader.atEnd === whether) return;
  reader.atEnd = whether;
  changed();
}

paint(asked.get("color"));
chat.resume();
notice.look();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    chat.look();
    notice.look();
  }
  changed();
});
listen(({ shown }) => {
  reader.shown = shown;
  if (shown) document.querySelector("#message, input[name=name]")?.focus();
  changed();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
  tell({ close: true });
});
tell({ ready: true });
changed();
