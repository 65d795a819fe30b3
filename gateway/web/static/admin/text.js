// The pool, or one field of it, as JSON: what the forms have no place for.
import { html, useState } from "../shared/ui.js";
import { Errors } from "./review.js";
import { t } from "./texts.js";

const KEPT = new Set(["pool", "partition", "version"]);
const show = (value) => JSON.stringify(value, null, 2);

export function AsText({ config, base, pool, change, say }) {
  const parts = ["", ...Object.keys(pool).filter((name) => !KEPT.has(name))];
  const [part, setPart] = useState("");
  const of = (name) => show(name ? pool[name] : Object.fromEntries(Object.entries(pool).filter(([key]) => key !== "version")));
  const [text, setText] = useState(of(""));
  const [bad, setBad] = useState("");
  const [problem, setProblem] = useState(null);
  const choose = (name) => {
    setPart(name);
    setText(of(name));
    setBad("");
    setProblem(null);
  };
  const read = () => {
    setProblem(null);
    try {
      const value = JSON.parse(text);
      setBad("");
      return part ? { ...pool, [part]: value } : { ...value, pool: pool.pool, partition: pool.partition, version: pool.version };
    } catch (error) {
      setBad(t("textBad", { why: error.message }));
      return null;
    }
  };
  const take = () => {
    const read_ = read();
    if (!read_) return;
    change(read_);
    say(t("tookOver"));
  };
  const check = () => {
    const read_ = read();
    if (read_) config.check(read_, base.version).then(() => say(t("fine")), setProblem);
  };
  return html`<section class="card stack" aria-label=${t("text")}><h2>${t("text")}</h2><p class="quiet small">${t("textHint")}</p>
    <label class="short-field"><span>${t("part")}</span><select value=${part} onChange=${(event) => choose(event.target.value)}>
      ${parts.map((name) => html`<option value=${name}>${name ? (t(name) === name ? name : t(name)) : t("whole")}</option>`)}</select></label>
    <label><span class="hidden-text">${t("text")}</span>
      <textarea class="id" rows="24" spellcheck="false" value=${text} aria-invalid=${Boolean(bad || problem)} onInput=${(event) => setText(event.target.value)}></textarea></label>
    ${bad && html`<p class="notice bad" role="alert">${bad}</p>`}${problem && html`<${Errors} problem=${problem} />`}
    <div class="row"><button type="button" class="main" onClick=${take}>${t("take")}</button>
      <button type="button" onClick=${check}>${t("check")}</button></div></section>`;
}
