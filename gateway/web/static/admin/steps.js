// The form of one step of a flow.
import { html } from "../shared/ui.js";
import { Field, Said } from "./checked.js";
import { put } from "./fields.js";
import { DIGITS, KINDS, attributesOf, isApart, isBranch, isFree } from "./flow.js";
import { t } from "./texts.js";

// What holds where the configuration says nothing; the gateway's own words.
const NUMBERS = {
  timeout_s: { standard: 6, min: 0.1, max: 60, step: "any" }, tries: { standard: 3, min: 1, max: 10 }, priority: { standard: 5, min: 0, max: 9 },
  min_digits: { standard: 1, min: 1, max: 32 }, max_digits: { standard: 32, min: 1, max: 32 }, at_least: { standard: null, min: 1, max: 1000000 },
};
const SAID = {
  wrong: { digits: "Sorry, that number does not look right.", standard: "Sorry, that is not one of the choices." },
  silent: { standard: "Sorry, I did not hear anything." },
};
const MOST = 1000;
const listed = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

export function Options({ value, names, free, onChange, label, ...rest }) {
  return html`<select aria-label=${label} ...${rest} value=${value ?? ""} onChange=${(event) => onChange(event.target.value)}>
    <option value="" selected=${!value}>${free ?? t("choose")}</option>
    ${value && !names.includes(value) && html`<option value=${value} selected>${value} (?)</option>`}
    ${names.map((name) => html`<option value=${name} selected=${name === value}>${name}</option>`)}</select>`;
}

function Choices({ one, set, path, wrong, names }) {
  const all = one.options ?? [];
  const change = (nth, part) => set({ ...one, options: all.map((option, i) => (i === nth ? { ...option, ...part } : option)) });
  const left = DIGITS.filter((digit) => all.every((option) => option.digit !== digit));
  return html`<fieldset class="all"><legend>${t("options")}</legend><${Said} found=${wrong.at(`${path}.options`)} path=${`${path}.options`} />
    ${all.map((option, nth) => html`<div class="choice" key=${nth}>
      <select class="short" aria-label=${t("digit")} value=${option.digit} onChange=${(event) => change(nth, { digit: event.target.value })}>
        ${DIGITS.map((digit) => html`<option value=${digit} selected=${digit === option.digit}>${digit}</option>`)}</select>
      <${Field} label=${t("goesTo")} path=${`${path}.options[${option.digit}].then`} wrong=${wrong} control=${(marks) => html`
        <${Options} ...${marks} value=${option.then} names=${names} onChange=${(then) => change(nth, { then })} />`} />
      <label><span>${t("words")}</span><input value=${(option.words ?? []).join(", ")}
        onChange=${(event) => set({ ...one, options: all.map((other, i) => (i === nth ? put(other, "words", listed(event.target.value)) : other)) })} /></label>
      <button type="button" class="danger" aria-label=${t("removeOf", { name: option.digit })}
        onClick=${() => set({ ...one, options: all.filter((_, i) => i !== nth) })}>×</button></div>`)}
    <button type="button" disabled=${!left.length} onClick=${() => set({ ...one, options: [...all, { digit: left[0], then: "" }] })}>${t("addOption")}</button></fieldset>`;
}

function Values({ one, set, path, wrong }) {
  const all = Object.entries(one.attributes ?? {});
  const keep = (pairs) => set({ ...one, attributes: Object.fromEntries(pairs) });
  const change = (nth, pair) => keep(all.map((before, i) => (i === nth ? pair : before)));
  const name = () => ["topic", ...all.map((_, i) => `attribute_${i + 1}`)].find((each) => !all.some(([known]) => known === each));
  return html`<fieldset class="all"><legend>${t("attributes")}</legend><${Said} found=${wrong.at(`${path}.attributes`)} path=${`${path}.attributes`} />
    ${all.map(([key, value], nth) => html`<div class="choice" key=${nth}>
      <label><span>${t("name")}</span><input class="id" value=${key} maxlength="64" pattern="[a-z][a-z0-9_]*"
        onChange=${(event) => event.target.value && change(nth, [event.target.value, value])} /></label>
      <${Field} label=${t("value")} path=${`${path}.attributes[${key}]`} wrong=${wrong} control=${(marks) => html`<input ...${marks} value=${value} maxlength="200"
        onInput=${(event) => change(nth, [key, event.target.value])} />`} />
      <button type="button" class="danger" aria-label=${t("removeOf", { name: key })} onClick=${() => keep(all.filter((_, i) => i !== nth))}>×</button></div>`)}
    <button type="button" onClick=${() => keep([...all, [name(), ""]])}>${t("addValue")}</button></fieldset>`;
}

// A field by what it is called.
function Part({ field, one, set, path, wrong, names, flow, pool }) {
  const at = `${path}.${field}`;
  const typed = (event) => set(put(one, field, event.target.value, ["prompt", "attribute"].includes(field) && field in one ? null : ""));
  const shown = (control, { label = t(`step.${field}`), wide = false } = {}) => html`<${Field} label=${label} path=${at} wrong=${wrong} wide=${wide} control=${control} />`;
  const select = (these, standard, free) => shown((marks) => html`<${Options} ...${marks} value=${one[field]} names=${these} free=${free}
    onChange=${(value) => set(put(one, field, value, standard))} />`);
  if (field === "options") return html`<${Choices} ...${{ one, set, path, wrong, names }} />`;
  if (field === "attributes") return html`<${Values} ...${{ one, set, path, wrong }} />`;
  if (isBranch(field)) return isFree(one.kind, field) ? select(names, "", t("callOver")) : select(names, null);
  if (field === "queue") return select((pool.queues ?? []).map((queue) => queue.name), null);
  if (field === "hours") return select([...new Set([...(flow.hours ?? []), ...(pool.hours ?? [])].map((hours) => hours.name))], null);
  if (field === "number") return select(attributesOf(flow), "", t("ownNumber"));
  if (field in NUMBERS) {
    const { standard, ...bounds } = NUMBERS[field];
    return shown((marks) => html`<input ...${marks} ...${bounds} type="number" required value=${one[field] ?? standard}
      onInput=${(event) => event.target.checkValidity() && set(put(one, field, Number(event.target.value), standard))} />`);
  }
  if (field === "attribute") return shown((marks) => html`<input ...${marks} class="id" maxlength="64" value=${one.attribute} onInput=${typed} />`);
  const { standard, [one.kind]: own = standard } = SAID[field] ?? {};
  return shown((marks) => html`<textarea ...${marks} rows=${field === "prompt" ? 3 : 2} maxlength=${MOST} placeholder=${own}
    lang=${flow.language || undefined} value=${one[field] ?? ""} onInput=${typed}></textarea>`, { wide: true });
}

export function StepForm({ one, set, path, wrong, ...rest }) {
  const fields = KINDS[one.kind] ?? [];
  const apart = fields.filter(isApart);
  const part = (field) => html`<${Part} key=${field} ...${{ field, one, set, path, wrong }} ...${rest} />`;
  return html`<div class="fields">${fields.filter((field) => !isApart(field)).map(part)}</div>
    ${apart.length > 0 && html`<details open=${apart.some((field) => wrong.at(`${path}.${field}`).length)}>
      <summary>${t("again")}</summary><div class="fields">${apart.map(part)}</div></details>`}`;
}
