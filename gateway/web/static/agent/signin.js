// What is shown while nobody works here, and what to do about it.
import { html, useState } from "/ui/shared/ui.js";
import { Languages } from "/ui/shared/i18n.js";
import { t } from "./texts.js";

const BAD = new Set(["refused", "forbidden", "over", "unreachable"]);

export function SignIn({ why, login, onToken, onProvider, onAgain, onHere }) {
  return html`<main class="signin">
    <div class="card stack">
      <div class="row"><h1>${t("title")}</h1><span class="push"></span><${Languages} /></div>
      ${why && html`<p class=${BAD.has(why) ? "notice bad" : "notice"} role="status">${t(`why.${why}`)}</p>`}
      ${body({ why, login, onToken, onProvider, onAgain, onHere })}
    </div>
  </main>`;
}

function body({ why, login, onToken, onProvider, onAgain, onHere }) {
  if (why === "loading") return null;
  if (why === "elsewhere") return html`<button class="main" onClick=${onHere}>${t("here")}</button>`;
  if (why === "offline") return html`<button class="main" onClick=${onAgain}>${t("online")}</button>`;
  if (why === "unreachable") return html`<button class="main" onClick=${onAgain}>${t("again")}</button>`;
  return html`${login && html`<button class="main" onClick=${onProvider}>${t("signin.provider")}</button>
      <p class="quiet small">${t("signin.or")}</p>`}
    <${TokenForm} onToken=${onToken} />`;
}

export function TokenForm({ onToken, label = "signin.token" }) {
  const [token, setToken] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (token.trim()) onToken(token);
    setToken("");
  };
  return html`<form class="stack" onSubmit=${submit}>
    <label><span>${t(label)}</span>
      <input type="password" autocomplete="off" value=${token} onInput=${(e) => setToken(e.target.value)} required /></label>
    <p class="quiet small">${t("signin.hint")}</p>
    <div class="row"><button class="main">${t("signin.use")}</button></div>
  </form>`;
}
