// Whether the agent takes work, as the pool has it; and how to say something else.
import { html } from "/ui/shared/ui.js";
import { reasonText, t } from "./texts.js";

const REASONS = ["break", "meal", "meeting", "training"];

export function Presence({ desk, actions, onGoOffline }) {
  const { presence, reason, line } = desk;
  const value = presence === "custom" ? `custom:${reason}` : presence;
  const away = [...new Set([...REASONS, ...(presence === "custom" ? [reason] : [])])];
  const said = (event) => {
    const [wanted, why = ""] = event.target.value.split(/:(.*)/s);
    event.target.value = value; // until the pool says so
    if (wanted !== "offline") actions.presence(wanted, why);
    else if (desk.contacts.size === 0 || confirm(t("offline.sure", { count: desk.contacts.size }))) onGoOffline();
  };
  return html`<label class="presence">
    <span class=${`dot ${line === "open" ? presence : "offline"}`} aria-hidden="true"></span>
    <span class="hidden-text">${t("presence")}</span>
    <select value=${value} onChange=${said} disabled=${line !== "open" || !desk.known}>
      <option value="routable">${t("presence.routable")}</option>
      ${away.map((one) => html`<option key=${one} value=${`custom:${one}`} disabled=${one === "not_responding"}>
        ${reasonText(one)}</option>`)}
      <option value="offline">${t("presence.offline")}</option>
    </select>
    ${reason === "not_responding" && html`<button class="main" onClick=${() => actions.presence("routable")}>
      ${t("back")}</button>`}
  </label>`;
}
