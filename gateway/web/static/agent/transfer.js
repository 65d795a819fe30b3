// Handing a contact over: to a queue, or to a colleague, with a word about it.
import { html, useEffect, useRef, useState } from "/ui/shared/ui.js";
import { t } from "./texts.js";

export function Transfer({ work, held, onBack }) {
  const { desk, actions } = work;
  const { queues, colleagues, pool } = desk.agent;
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  const send = (event) => {
    event.preventDefault();
    const [kind, name] = to.split(/:(.*)/s);
    actions.transfer(held, kind === "queue" ? { queue: name } : { to_agent: name }, note.trim());
  };
  return html`<form class="closing stack" onSubmit=${send} aria-label=${t("transfer")}
      onKeyDown=${(event) => { if (event.key === "Escape" && !event.isComposing) onBack(); }}>
    <h3>${t("transfer")}</h3>
    <label><span>${t("transfer.to")}</span>
      <select ref=${first} value=${to} onChange=${(event) => setTo(event.target.value)} required>
        <option value="">${t("choose")}</option>
        <optgroup label=${t("queues")}>
          ${queues.map((one) => html`<option key=${one.name} value=${`queue:${one.name}`}>
            ${one.pool === pool ? one.name : `${one.name} (${one.pool})`}</option>`)}</optgroup>
        <optgroup label=${t("colleagues")}>
          ${colleagues.map((one) => html`<option key=${one.agent_id} value=${`agent:${one.agent_id}`}>
            ${one.name}${one.name === one.agent_id ? "" : ` (${one.agent_id})`}</option>`)}</optgroup>
      </select></label>
    <label><span>${t("transfer.note")}</span>
      <textarea rows="2" maxlength="4000" value=${note} onInput=${(event) => setNote(event.target.value)}></textarea></label>
    <div class="row tight">
      <button type="button" onClick=${onBack}>${t("cancel")}</button>
      <span class="push"></span>
      <button class="main" disabled=${Boolean(held.answer)}>${t("transfer.do")}</button>
    </div>
  </form>`;
}
