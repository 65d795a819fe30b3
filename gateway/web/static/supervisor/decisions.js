// What the pool decided of late, with its reason in plain words.
import { html } from "../shared/ui.js";
import { time } from "../shared/format.js";
import { told } from "./plain.js";
import { t } from "./texts.js";

const SHOWN = 40;

export function Decisions({ board, who }) {
  const all = board.decisions.slice(0, SHOWN);
  return html`<section class="card" aria-labelledby="decisions">
    <header><h2 id="decisions">${t("decisions")}</h2></header>
    ${!all.length && html`<p class="empty">${t("noDecisions")}</p>`}
    <ol class="decisions" tabindex="0" aria-labelledby="decisions">${all.map((event) => {
      const contact = board.contacts.get(event.contact_id) ?? { session: (event.contact_id ?? "").split(".")[0] };
      const { said, why } = told({ ...event, agent_id: event.agent_id && who.agent(event.agent_id) }, who.contact(contact));
      return html`<li key=${event.seq}><time class="quiet small">${time(event.at)}</time>
        <span>${said}${why && html`<br /><span class="small quiet">${why}</span>`}</span></li>`;
    })}</ol>
  </section>`;
}
