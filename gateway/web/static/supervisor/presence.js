// An agent's presence, said for it. Taking one offline hands its contacts back, so that is said before.
import { html, useState } from "../shared/ui.js";
import { Dialog } from "../shared/staff.js";
import { t } from "./texts.js";

export function Presence({ feed, act, id, who, onClose }) {
  const [presence, setPresence] = useState("custom");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const held = feed.board.heldBy(id).length;
  const offline = presence === "offline";
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    const said = t("presenceDone", { who: who.agent(id), presence: t(`presence.${presence}`) });
    if (await act("presence", { agent_id: id, presence, reason }, said)) onClose();
    else setBusy(false);
  };
  return html`<${Dialog} title=${t("presenceOf", { who: who.agent(id) })} onClose=${onClose}>
    <form class="stack" onSubmit=${send}>
      <fieldset class="row"><legend class="hidden-text">${t("presence")}</legend>
        ${["routable", "custom", "offline"].map((one) => html`<label class="check">
          <input type="radio" name="presence" value=${one} checked=${one === presence} onChange=${() => setPresence(one)} />
          <span>${t(`presence.${one}`)}</span></label>`)}</fieldset>
      ${presence === "custom" && html`<label><span>${t("reason")}</span>
        <input value=${reason} maxlength="100" onInput=${(event) => setReason(event.target.value)} /></label>`}
      <p class=${offline && held ? "notice bad" : "small quiet"}>${offline && held ? t("offlineHint", { n: held }) : t("presenceHint")}</p>
      <div><button class=${offline ? "danger" : "main"} disabled=${busy}>${t("setPresence")}</button></div>
    </form>
  <//>`;
}
