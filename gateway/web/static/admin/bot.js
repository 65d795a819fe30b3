// What a pool says of the bot: whether it serves chats, where it hands over, and what happens when it is slow.
import { html } from "../shared/ui.js";
import { Field, Said, useWrong } from "./checked.js";
import { Check, put } from "./fields.js";
import { t } from "./texts.js";

const ANSWER_S = 10;

function Parts({ bot, set, pool, wrong }) {
  const queues = bot.queues ?? [];
  const serves = (name, on) => set({ ...bot, queues: on ? [...queues, name] : queues.filter((one) => one !== name) });
  return html`<fieldset><legend>${t("bot.queues")}</legend><${Said} found=${wrong.at("bot.queues")} path="bot.queues" />
      ${(pool.queues ?? []).map(({ name }) => html`<div class="row" key=${name}><${Check} label=${name} checked=${queues.includes(name)} onChange=${(on) => serves(name, on)} />
        ${queues[0] === name ? html`<span class="badge good">${t("bot.first")}</span>` : queues.includes(name) && html`
          <button type="button" class="plain" onClick=${() => set({ ...bot, queues: [name, ...queues.filter((one) => one !== name)] })}>${t("bot.makeFirst")}</button>`}</div>`)}</fieldset>
    <div class="fields"><${Field} label=${t("bot.answer_s")} path="bot.answer_s" wrong=${wrong} control=${(marks) => html`
      <input ...${marks} type="number" required min="1" max="300" step="any" value=${bot.answer_s ?? ANSWER_S}
        onInput=${(event) => event.target.checkValidity() && set(put(bot, "answer_s", Number(event.target.value), ANSWER_S))} />`} /></div>
    <${Field} label=${t("bot.says")} path="bot.says" wrong=${wrong} control=${(marks) => html`<textarea ...${marks} rows="2" maxlength="1000"
      value=${bot.says ?? ""} onInput=${(event) => set(put(bot, "says", event.target.value, ""))}></textarea>`} />
    <p class="quiet small">${t("bot.saysHint")}</p>
    <${Check} label=${t("bot.synthetic")} checked=${bot.synthetic ?? false} onChange=${(on) => set(put(bot, "synthetic", on, false))} />`;
}

export function Bot({ pool, change, config, base }) {
  const wrong = useWrong({ config, pool, base });
  const { bot, ...rest } = pool;
  const set = (next) => change({ ...rest, bot: next });
  // Switched on again it is as it was published.
  const begin = () => base.bot ?? { queues: (pool.queues ?? []).slice(0, 1).map((queue) => queue.name) };
  return html`<section class="card stack" aria-label=${t("bot")}><h2>${t("bot")}</h2>
    <${Check} label=${t("bot.serves")} checked=${Boolean(bot)} onChange=${(on) => (on ? set(begin()) : change(rest))} />
    ${bot ? html`<${Parts} bot=${bot} set=${set} pool=${pool} wrong=${wrong} />` : html`<p class="quiet">${t("bot.none")}</p>`}
    <fieldset><legend>${t("bot.intents")}</legend><p class="small">${t("bot.where")}</p>
      <pre>AICC_BOT_INTENTS=intents.yaml aicc-responder${"\n"}aicc-bot check intents.yaml${"\n"}aicc-bot try</pre></fieldset></section>`;
}
