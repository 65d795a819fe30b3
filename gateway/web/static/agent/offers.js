// Contacts that are offered: what is known of each, and the time that is left to answer.
import { html } from "/ui/shared/ui.js";
import { duration } from "/ui/shared/format.js";
import { Attributes } from "./customer.js";
import { t } from "./texts.js";

const AROUND = 2 * Math.PI * 16;

export function Offers({ desk, actions }) {
  const offers = [...desk.offers.values()];
  return html`<section class="offers" aria-label=${t("offers")} aria-live="assertive" aria-relevant="additions">
    ${offers.map((one, nth) => html`<${Offer} key=${one.contact_id} desk=${desk} actions=${actions} offer=${one}
      keys=${nth === 0} />`)}
  </section>`;
}

function Offer({ desk, actions, offer, keys }) {
  const left = Math.max(0, (offer.until - desk.now()) / 1000);
  const waited = waitedS(desk, offer);
  const from = offer.transfer;
  return html`<article class="card offer">
    ${offer.until > 0 && html`<${Ring} left=${left} of=${offer.limitS} />`}
    <div class="about">
      <p><strong>${desk.nameOf(offer)}</strong> <span class="badge">${t(`channel.${offer.channel ?? "chat"}`)}</span>
        ${" "}<span class="badge">${offer.queue}</span></p>
      ${waited !== null && html`<p class="small quiet" aria-live="off">${t("waited", { time: duration(waited) })}</p>`}
      ${from && html`<p class="small">${t("from", { who: desk.names.get(from.agent_id) ?? from.agent_id })}
        ${from.note && html`<span class="quoted">${from.note}</span>`}</p>`}
      <${Attributes} of=${offer.attributes} />
    </div>
    <div class="row">
      <button class="main" disabled=${offer.answer} onClick=${() => actions.accept(offer)}>
        ${t("accept")}${keys && html` <kbd aria-hidden="true">Alt A</kbd>`}</button>
      <button disabled=${offer.answer} onClick=${() => actions.reject(offer)}>
        ${t("reject")}${keys && html` <kbd aria-hidden="true">Alt R</kbd>`}</button>
    </div>
  </article>`;
}

// Since the customer asked for a person, if the store has it yet.
function waitedS(desk, offer) {
  const leg = desk.of(offer.session_id).about?.legs?.at(-1);
  return leg ? Math.max(0, (desk.now() - leg.requested_at_ms) / 1000) : null;
}

export function Ring({ left, of }) {
  const share = of > 0 ? Math.min(1, left / of) : 0;
  return html`<svg class=${share < 0.25 ? "ring late" : "ring"} viewBox="0 0 40 40" role="timer"
      aria-label=${t("left", { seconds: Math.ceil(left) })} aria-live="off">
    <circle cx="20" cy="20" r="16" class="track" />
    <circle cx="20" cy="20" r="16" class="arc" stroke-dasharray=${AROUND} stroke-dashoffset=${AROUND * (1 - share)} />
    <text x="20" y="25">${Math.ceil(left)}</text>
  </svg>`;
}
