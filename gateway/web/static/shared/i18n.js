// Korean and English. The language is ?lang=, else what was chosen before, else the browser's.
import { kept } from "./kept.js";
import { html } from "./ui.js";

const KNOWN = { ko: "한국어", en: "English" };
const KEPT = "aicc-language";

export const language = chosen();
document.documentElement.lang = language;

// `table` is {key: {ko, en}}. The result gives the text of a key, with {name} filled in from `values`;
// a key that is missing is shown as it is.
export function texts(table) {
  return (key, values = {}) => {
    const text = table[key]?.[language] ?? table[key]?.en ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}

// Buttons of the languages; the page is loaded anew, so that nothing stays behind in the old one.
export function Languages() {
  return html`<div class="languages" role="group" aria-label="Language · 언어">
    ${Object.entries(KNOWN).map(([code, name]) => html`
      <button type="button" class="plain" lang=${code} aria-pressed=${code === language}
        onClick=${() => choose(code)}>${name}</button>`)}
  </div>`;
}

function choose(code) {
  kept.set(KEPT, code);
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  location.replace(address);
}

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang") ?? kept.get(KEPT);
  if (asked in KNOWN) return asked;
  return navigator.languages.map((one) => one.slice(0, 2)).find((one) => one in KNOWN) ?? "en";
}
