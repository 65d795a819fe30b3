// Canned answers: found by title, shortcut or words, said in the customer's language.
import { html, useEffect, useRef } from "/ui/shared/ui.js";
import { language } from "/ui/shared/i18n.js";
import { t } from "./texts.js";

const MOST = 30;

// Those with all words of `asked`; shortcuts that begin with it come first.
export function matching(answers, asked) {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (one) => {
    const all = [one.title, one.shortcut ?? "", ...Object.values(one.text)].join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const first = (one) => (words[0] && one.shortcut?.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return answers.filter(fits).sort((one, other) => first(one) - first(other)).slice(0, MOST);
}

function inLanguage(answer, hangul) {
  const wanted = hangul ? "ko" : language;
  return answer.text[wanted] ?? answer.text[language] ?? answer.text.en ?? Object.values(answer.text)[0];
}

// The text with its variables; who is not known by name is addressed as customers are.
export function filled(answer, hangul, { customer, agent }) {
  const values = { customer_name: customer || t("customer.unnamed"), agent_name: agent };
  return inLanguage(answer, hangul).replace(/\{(customer_name|agent_name)\}/g, (_, name) => values[name]);
}

export function Picker({ id, answers, at, hangul, onPick }) {
  const list = useRef(null);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  if (!answers.length) return html`<p class="picker none quiet small" role="status">${t("canned.none")}</p>`;
  return html`<ul class="picker" id=${id} role="listbox" aria-label=${t("canned")} ref=${list}>
    ${answers.map((one, nth) => html`<li key=${one.title} id=${`${id}-${nth}`} role="option" aria-selected=${nth === at}
      onPointerDown=${(event) => { event.preventDefault(); onPick(one); }}>
      <strong>${one.title}</strong> ${one.shortcut && html`<kbd>/${one.shortcut}</kbd>`}
      <span class="small quiet">${inLanguage(one, hangul)}</span></li>`)}
  </ul>`;
}
