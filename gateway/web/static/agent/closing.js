// The end of a contact: how it went, what is to be remembered, and the time there is for it.
import { html } from "/ui/shared/ui.js";
import { Ring } from "./offers.js";
import { t } from "./texts.js";

export function Closing({ work, held, onBack }) {
  const { desk, actions } = work;
  const { kept, agent } = desk;
  const [how, what] = [`done:${held.contact_id}`, `wrap:${held.contact_id}`];
  const write = (name) => (event) => {
    kept.setDraft(name, event.target.value);
    desk.changed();
  };
  const close = (event) => {
    event.preventDefault();
    actions.complete(held, kept.draft(how), kept.draft(what).trim());
  };
  const left = (held.wrapEnds - desk.now()) / 1000;
  return html`<form class="closing stack" onSubmit=${close} aria-label=${t("closing")}
      onKeyDown=${(event) => { if (event.key === "Escape" && !event.isComposing) onBack?.(); }}>
    <div class="row tight"><h3>${t("closing")}</h3>
      ${held.state === "wrapping" && held.wrapEnds > 0 && html`<${Ring} left=${Math.max(0, left)} of=${held.wrapS} />`}
    </div>
    <label><span>${t("disposition")}</span>
      ${agent.dispositions.length
        ? html`<select value=${kept.draft(how)} onChange=${write(how)} required>
            <option value="">${t("choose")}</option>
            ${agent.dispositions.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select>`
        : html`<input value=${kept.draft(how)} onInput=${write(how)} maxlength="128" required />`}</label>
    <label><span>${t("closing.note")}</span>
      <textarea rows="2" maxlength="4000" value=${kept.draft(what)} onInput=${write(what)}></textarea></label>
    <div class="row tight">
      ${onBack && html`<button type="button" onClick=${onBack}>${t("cancel")}</button>`}
      <span class="push"></span>
      <button class="main" disabled=${Boolean(held.answer)}>${t("complete")}</button>
    </div>
  </form>`;
}
