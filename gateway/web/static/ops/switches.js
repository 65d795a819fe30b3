// The switches for emergencies, where the gateway has them: each turned on with a reason, and off as easily.
import { html, useEffect, useState } from "../shared/ui.js";
import { Dialog, words } from "../shared/staff.js";
import { time } from "../shared/format.js";
import { t } from "./texts.js";

const EVERY_MS = 3000;
const BOT = "bot-off"; // the only one that is of nothing in particular
const known = (name) => t(`switch.${name}`);

function TurnOn({ one, turn, onClose }) {
  const [reason, setReason] = useState("");
  const [value, setValue] = useState(one.value ?? "");
  const [minutes, setMinutes] = useState("");
  const send = async (event) => {
    event.preventDefault();
    const until = minutes ? new Date(Date.now() + 60_000 * Number(minutes)).toISOString() : null;
    if (await turn(one, { on: true, value: value.trim() || null, reason: reason.trim(), until })) onClose();
  };
  return html`<${Dialog} title=${t("turnOn", { name: known(one.name) })} onClose=${onClose}>
    <form class="stack" onSubmit=${send}>
      <p class="small">${t(`does.${one.name}`)}</p>
      <label><span>${t("switchReason")}</span><input required maxlength="300" value=${reason} onInput=${(event) => setReason(event.target.value)} /></label>
      ${one.name !== BOT && html`<label><span>${t(`value.${one.name}`)}</span><textarea rows=${one.name === "maintenance" ? 3 : 1} maxlength="2000" value=${value} onInput=${(event) => setValue(event.target.value)} /></label>`}
      <label><span>${t("switchMinutes")}</span><input type="number" min="1" max="1440" value=${minutes} onInput=${(event) => setMinutes(event.target.value)} /></label>
      <div class="row"><button class="danger push">${t("turnOnDo")}</button></div>
    </form></${Dialog}>`;
}

export function Switches({ api, say }) {
  const [items, setItems] = useState(null);
  const [asked, setAsked] = useState(null);
  useEffect(() => {
    let timer = 0;
    let ended = false;
    const load = async () => {
      try {
        setItems((await api.get("/ops/switches")).items);
      } catch (problem) {
        if (problem.status === 404) return; // a gateway without switches
      }
      if (!ended) timer = setTimeout(load, EVERY_MS);
    };
    load();
    return () => { ended = true; clearTimeout(timer); };
  }, []);
  const turn = async (one, wanted) => {
    try {
      const path = `/ops/switches/${encodeURIComponent(one.name)}`;
      await api.put(path, wanted);
      setItems((await api.get("/ops/switches")).items);
      say(t(wanted.on ? "turnedOn" : "turnedOff", { name: known(one.name) }));
      return true;
    } catch (problem) {
      say(words(problem), true);
      return false;
    }
  };
  if (!items?.length) return null;
  const flip = (one) => (one.on ? turn(one, { on: false }) : setAsked(one));
  return html`<section class="card" aria-labelledby="switches">
    <header><h2 id="switches">${t("switches")}</h2></header>
    <ul class="switches">${items.map((one) => html`<li key=${one.name}>
      <span><strong>${known(one.name)}</strong> <span class="small quiet">${one.on ? t("switchOn", { value: one.value ?? "", reason: one.reason ?? "", by: one.by ?? "" }) : ""}
        ${one.on && one.until ? t("until", { time: time(Date.parse(one.until)) }) : ""}</span></span>
      <button type="button" role="switch" class="push" aria-checked=${one.on ? "true" : "false"} aria-label=${known(one.name)} onClick=${() => flip(one)}>${t(one.on ? "on" : "off")}</button></li>`)}</ul>
    ${asked && html`<${TurnOn} one=${asked} turn=${turn} onClose=${() => setAsked(null)} />`}
  </section>`;
}
