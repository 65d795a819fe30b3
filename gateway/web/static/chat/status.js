// Where the customer stands: with whom, in which place of the line, connected or not.
import { html } from "/ui/shared/ui.js";
import { t } from "./texts.js";

export function Standing({ chat }) {
  return html`<p class="standing quiet small" role="status">${standing(chat)}</p>`;
}

function standing({ phase, standing: { agent }, agentThere }) {
  switch (phase) {
    case "start": return "";
    case "waiting": return t("waiting");
    case "active": return t(agentThere ? "withAgent" : "away", { name: agent });
    case "over": return t("over");
    default: return t("withBot");
  }
}

// That the connection is lost, and that nothing else is.
export function Link({ chat }) {
  const cut = chat.link === "waiting" || (chat.link === "connecting" && chat.failures > 0);
  return html`<div role="status" class="bar">${cut && html`<p class="notice">${t("reconnecting")}</p>`}</div>`;
}

// Between log and field: who writes, the place in the line, the way to a person.
export function Queue({ chat }) {
  const { phase, typing } = chat;
  return html`<div class="queue">
    <p class="typing small quiet" aria-live="polite">${typing && html`${t("typing", { name: writer(chat) })}
      <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>`}</p>
    <div role="status">
      ${phase === "waiting" && html`<div class="place"><p><strong>${line(chat.place)}</strong> ${wait(chat.place)}</p>
        <p class="small quiet">${t("stayHere")}</p></div>`}
      ${phase === "bot" && chat.unanswered && html`<p class="small">${t("unanswered")}</p>`}
      ${chat.problem && html`<p class="bad small" role="alert">${t(chat.problem)}</p>`}
    </div>
    ${phase === "bot" && html`<button type="button" class=${chat.unanswered ? "main" : ""} aria-disabled=${chat.asking}
      onClick=${() => chat.asking || chat.connect()}>${t(chat.asking ? "asking" : "person")}</button>`}
  </div>`;
}

const writer = ({ typing, standing: { agent } }) => (typing === "agent" ? agent || t("agent") : t("bot"));

function line(place) {
  if (!place) return t("inLine");
  return place.position === 1 ? t("next") : t("position", place);
}

function wait(place) {
  if (!place || place.usual == null) return "";
  const [usual, high] = [minutes(place.usual), place.high == null ? "" : minutes(place.high)];
  return high && high !== usual ? t("waitHigh", { usual, high }) : t("wait", { usual });
}

const minutes = (seconds) => (seconds < 55 ? t("soon") : t("minutes", { count: Math.ceil(seconds / 60) }));
