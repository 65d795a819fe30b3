// The flows of the IVR: the list of a flow's steps, the form of one of them, and the flow as a picture beside it.
import { html, useState } from "../shared/ui.js";
import { Field, Said, useWrong } from "./checked.js";
import { Drawing } from "./drawing.js";
import { KINDS, become, fresh, numbered, renamed, without } from "./flow.js";
import { Things } from "./things.js";
import { Options, StepForm } from "./steps.js";
import { t } from "./texts.js";

const LANGUAGES = [["", "language.none"], ["ko-KR", "language.ko"], ["en-US", "language.en"]];
const kinds = () => Object.keys(KINDS).map((kind) => html`<option value=${kind}>${t(`kind.${kind}`)}</option>`);

function Step({ name, open, onOpen, flow, set, wrong, path, ...rest }) {
  const one = flow.nodes[name];
  const change = (next) => set({ ...flow, nodes: { ...flow.nodes, [name]: next } });
  const bad = wrong.under(path).length;
  const rename = (event) => {
    const to = event.target.value.trim();
    if (!to || Object.hasOwn(flow.nodes, to)) event.target.value = name;
    else {
      set(renamed(flow, name, to));
      onOpen(to);
    }
  };
  return html`<li class="card" data-step=${name}>
    <h3><button type="button" class="plain step" aria-expanded=${open} onClick=${() => onOpen(open ? "" : name)}><span>${name}</span>
      <span class="badge">${t(`kind.${one.kind}`)}</span>${name === flow.start && html`<span class="badge good">${t("start")}</span>`}
      ${bad > 0 && html`<span class="badge bad">${t("wrongs", { n: bad })}</span>`}</button></h3>
    ${open && html`<div class="stack"><${Said} found=${wrong.at(path)} path=${path} />
      <div class="fields"><label><span>${t("name")}</span><input value=${name} maxlength="64" onChange=${rename} /></label>
        <label><span>${t("kind")}</span><select value=${one.kind} onChange=${(event) => change(become(event.target.value, one))}>${kinds()}</select></label></div>
      <${StepForm} one=${one} set=${change} path=${path} wrong=${wrong} flow=${flow} names=${Object.keys(flow.nodes)} ...${rest} />
      <div><button type="button" class="danger" onClick=${() => { onOpen(""); set(without(flow, name)); }}>${t("removeStep")}</button></div></div>`}</li>`;
}

function AddStep({ flow, set, onOpen }) {
  const [kind, setKind] = useState("play");
  const [name, setName] = useState("");
  const [taken, setTaken] = useState(false);
  const add = (event) => {
    event.preventDefault();
    const free = Array.from({ length: 999 }, (_, nth) => `${kind}_${nth + 1}`).find((each) => !Object.hasOwn(flow.nodes, each));
    const chosen = name.trim() || free;
    setTaken(Object.hasOwn(flow.nodes, chosen));
    if (Object.hasOwn(flow.nodes, chosen)) return;
    set({ ...flow, nodes: { ...flow.nodes, [chosen]: become(kind) } });
    setName("");
    onOpen(chosen);
  };
  return html`<form class="line" onSubmit=${add}>
    <label><span>${t("kind")}</span><select value=${kind} onChange=${(event) => setKind(event.target.value)}>${kinds()}</select></label>
    <label><span>${t("nameOfStep")}</span><input value=${name} maxlength="64" aria-invalid=${taken} onInput=${(event) => setName(event.target.value)} /></label>
    <button>${t("addStep")}</button>${taken && html`<p class="bad" role="alert">${t("taken")}</p>`}</form>`;
}

// Hours that the flow brings with it; most have none and name the pool's.
function OwnHours({ flow, set, wrong, path }) {
  const own = flow.hours ?? [];
  const keep = ({ hours }) => {
    const { hours: _, ...rest } = flow;
    set(hours.length ? { ...rest, hours } : rest);
  };
  return html`<details open=${wrong.under(path).length > 0}><summary>${t("ownHours")} <span class="badge">${own.length}</span></summary>
    <${Things} kind="hours" pool=${{ hours: own }} change=${keep} title=${t("ownHours")} hint=${t("ownHoursHint")} wrong=${wrong} path=${path} /></details>`;
}

function FlowForm({ flow, set, remove, wrong, pool }) {
  const [at, setAt] = useState(flow.start);
  const [path, names] = [`flows[${flow.name}]`, Object.keys(flow.nodes)];
  const of = (name) => `${path}.nodes[${name}]`;
  const lost = ["name", "version", "nodes"].filter((field) => wrong.at(`${path}.${field}`).length);
  const look = (name) => {
    setAt(name);
    requestAnimationFrame(() => {
      const button = document.querySelector(`li[data-step="${CSS.escape(name)}"] button`);
      button?.focus({ preventScroll: true });
      button?.scrollIntoView({ block: "nearest" });
    });
  };
  return html`<div class="fields">
      <${Field} label=${t("startStep")} path=${`${path}.start`} wrong=${wrong} control=${(marks) => html`
        <${Options} ...${marks} value=${flow.start} names=${names} onChange=${(start) => set({ ...flow, start })} />`} />
      <${Field} label=${t("hangup")} path=${`${path}.hangup`} wrong=${wrong} control=${(marks) => html`
        <${Options} ...${marks} value=${flow.hangup} names=${names} free=${t("callOver")}
          onChange=${(hangup) => { const { hangup: _, ...rest } = flow; set(hangup ? { ...rest, hangup } : rest); }} />`} />
      <label><span>${t("language")}</span><select value=${flow.language ?? ""} onChange=${(event) => set({ ...flow, language: event.target.value })}>
        ${LANGUAGES.map(([code, key]) => html`<option value=${code} selected=${code === (flow.language ?? "")}>${t(key)}</option>`)}</select></label>
      <p class="row"><span class="badge">${t("version")} ${flow.version}</span>
        <button type="button" class="danger push" onClick=${remove}>${t("removeFlow")}</button></p></div>
    ${lost.map((field) => html`<${Said} found=${wrong.at(`${path}.${field}`)} path=${`${path}.${field}`} />`)}
    <${OwnHours} flow=${flow} set=${set} wrong=${wrong} path=${`${path}.hours`} />
    <div class="halves"><div class="stack"><ol class="steps stack" aria-label=${t("steps")}>
        ${names.map((name) => html`<${Step} key=${name} ...${{ name, flow, set, wrong, pool }} path=${of(name)} open=${name === at} onOpen=${look} />`)}</ol>
      <${AddStep} flow=${flow} set=${set} onOpen=${look} /></div>
      <${Drawing} flow=${flow} at=${at} onStep=${look} wrong=${(name) => wrong.under(of(name)).length > 0} /></div>`;
}

export function Flows({ pool, change, config, base }) {
  const all = pool.flows ?? [];
  const [chosen, choose] = useState(all[0]?.name ?? "");
  const [name, setName] = useState("");
  const wrong = useWrong({ config, pool, base });
  const flow = all.find((one) => one.name === chosen) ?? all[0];
  const set = (next) => {
    const now = numbered(next, (base.flows ?? []).find((one) => one.name === next.name));
    change({ ...pool, flows: all.map((one) => (one.name === next.name ? now : one)) });
  };
  const add = (event) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted && !all.some((one) => one.name === wanted)) change({ ...pool, flows: [...all, fresh(wanted)] });
    choose(wanted);
    setName("");
  };
  return html`<section class="card stack" aria-label=${t("flows")}><div class="row"><h2>${t("flows")}</h2>
      ${all.map((one) => html`<button type="button" key=${one.name} class="plain" aria-pressed=${one === flow} onClick=${() => choose(one.name)}>${one.name}
        ${wrong.under(`flows[${one.name}]`).length > 0 && html` <span class="badge bad">!</span>`}</button>`)}
      <form class="row push" onSubmit=${add}><label class="row"><span>${t("nameOfFlow")}</span>
        <input class="find" required maxlength="64" placeholder=${all.length ? "" : "main"} value=${name} onInput=${(event) => setName(event.target.value)} /></label>
        <button>${t("addFlow")}</button></form></div>
    <p class="quiet small">${t("flowsHint")}</p>
    ${!flow ? html`<p class="empty">${t("noFlows")}</p>` : html`<${FlowForm} key=${flow.name} ...${{ flow, set, wrong, pool }}
      remove=${() => change({ ...pool, flows: all.filter((one) => one !== flow) })} />`}</section>`;
}
