// Outside the local profile: at the provider where the gateway has one, else by a token that is pasted.
import { html, useState } from "../shared/ui.js";
import { t } from "./texts.js";

export function SignIn({ bearer, refused, onDone }) {
  const [token, setToken] = useState("");
  const paste = (event) => {
    event.preventDefault();
    bearer.paste(token);
    onDone();
  };
  return html`<main class="signin"><section class="card stack">
    <h1>${t("title")}</h1><p>${t("signInHint")}</p>
    ${refused && html`<p class="notice bad" role="alert">${t("tokenRefused")}</p>`}
    ${bearer.login ? html`<button type="button" class="main" onClick=${() => bearer.goToProvider()}>${t("signIn")}</button>` : html`
      <form class="stack" onSubmit=${paste}><label><span>${t("token")}</span>
        <input required autocomplete="off" value=${token} onInput=${(event) => setToken(event.target.value)} /></label>
        <p class="small quiet"><code>aicc-token supervisor</code></p>
        <button class="main">${t("signIn")}</button></form>`}
  </section></main>`;
}
