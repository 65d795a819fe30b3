// What agents have at hand: answers that are written once, and what they may say of how a contact went.
import { html, useState } from "../shared/ui.js";
import { Wrongs, useWrong } from "./checked.js";
import { Things } from "./things.js";
import { t } from "./texts.js";

function Dispositions({ pool, change, wrong }) {
  const [name, setName] = useState("");
  const [taken, setTaken] = useState(false);
  const all = pool.dispositions ?? [];
  const keep = (dispositions) => change({ ...pool, dispositions });
  const add = (event) => {
    event.preventDefault();
    const wanted = name.trim();
    setTaken(all.includes(wanted));
    if (!wanted || all.includes(wanted)) return;
    keep([...all, wanted]);
    setName("");
  };
  const up = (nth) => keep(all.toSpliced(nth - 1, 2, all[nth], all[nth - 1]));
  return html`<section class="card stack" aria-label=${t("dispositions")}><div class="row"><h2>${t("dispositions")}</h2><span class="badge">${all.length}</span></div>
    <p class="quiet small">${t("dispositionsHint")}</p>
    <${Wrongs} wrong=${wrong} path="dispositions" />
    <ol class="plain-list stack">${all.map((one, nth) => html`<li key=${one} class="row"><span class="named">${one}</span>
      <button type="button" class="plain push" disabled=${nth === 0} aria-label=${t("upOf", { name: one })} onClick=${() => up(nth)}>↑</button>
      <button type="button" class="danger" aria-label=${t("removeOf", { name: one })} onClick=${() => keep(all.filter((other) => other !== one))}>${t("remove")}</button></li>`)}</ol>
    <form class="line" onSubmit=${add}><label><span>${t("newDisposition")}</span>
      <input value=${name} maxlength="128" aria-invalid=${taken} onInput=${(event) => setName(event.target.value)} /></label>
      <button>${t("addDisposition")}</button>${taken && html`<p class="bad" role="alert">${t("taken")}</p>`}</form></section>`;
}

export function Answers({ pool, change, config, base }) {
  const wrong = useWrong({ config, pool, base });
  return html`<div class="stack"><${Things} kind="canned_answers" pool=${pool} change=${change} wrong=${wrong} />
    <${Dispositions} pool=${pool} change=${change} wrong=${wrong} /></div>`;
}
