// Controls of the forms. A value that is the default needs no place in the configuration: it is left out.
import { html } from "../shared/ui.js";
import { t } from "./texts.js";

// The thing with `name` set, or without it where that is what holds anyway.
export function put(one, name, value, standard) {
  const { [name]: _, ...rest } = one;
  return value === standard || value === undefined ? rest : { ...one, [name]: value };
}

export function Text({ one, name, label = t(name), set, ...rest }) {
  return html`<label><span>${label}</span>
    <input name=${name} value=${one[name] ?? ""} maxlength="128" onInput=${(event) => set(put(one, name, event.target.value, ""))} ...${rest} /></label>`;
}

export function Number_({ one, name, standard, least = 0, most, step = "any", set }) {
  return html`<label><span>${t(name)}</span>
    <input name=${name} type="number" min=${least} max=${most} step=${step} required value=${one[name] ?? standard}
      onInput=${(event) => event.target.value !== "" && set(put(one, name, Number(event.target.value), standard))} /></label>`;
}

export function Choice({ one, name, label = t(name), values, standard, set }) {
  return html`<label><span>${label}</span>
    <select name=${name} value=${one[name] ?? standard} onChange=${(event) => set(put(one, name, event.target.value || undefined, standard))}>
      ${values.map(([value, said]) => html`<option value=${value} selected=${value === (one[name] ?? standard)}>${said}</option>`)}</select></label>`;
}

export function Check({ checked, label, onChange, name }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${checked} onChange=${(event) => onChange(event.target.checked)} />
    <span>${label}</span></label>`;
}
