// Lists of queues, agents, hours and skills, and the dialog in which one of them is changed.
import { html, useState } from "../shared/ui.js";
import { Dialog } from "../shared/staff.js";
import { Wrongs } from "./checked.js";
import { AgentForm, AnswerForm, HoursForm, QueueForm } from "./forms.js";
import { t } from "./texts.js";

const FIRST = 100;
const KINDS = {
  queues: {
    key: "name", add: "addQueue", Form: QueueForm, fresh: () => ({ name: "" }), columns: ["choice", "hours", "wrap_up_s"],
    cells: (one) => [t(`choice.${one.choice ?? "longest_idle"}`), one.hours || "–", one.wrap_up_s ?? 30],
  },
  agents: {
    key: "id", add: "addAgent", Form: AgentForm, fresh: () => ({ id: "", name: "", queues: [] }), columns: ["id", "queues", "capacity", "skills"],
    cells: (one) => [one.id, (one.queues ?? []).join(", ") || "–", one.capacity ?? 1,
      Object.entries(one.skills ?? {}).map(([name, level]) => `${name} ${level}`).join(", ") || "–"],
  },
  hours: {
    key: "name", add: "addHours", Form: HoursForm, fresh: () => ({ name: "", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, weekly: {} }),
    columns: ["zone"], cells: (one) => [one.zone],
  },
  canned_answers: {
    key: "title", add: "addAnswer", Form: AnswerForm, fresh: () => ({ title: "", text: {} }), columns: ["shortcut", "languages"],
    cells: (one) => [one.shortcut ? `/${one.shortcut}` : "–", Object.keys(one.text).join(", ")],
  },
};

function Edit({ kind, pool, one, onSave, onClose }) {
  const { key, Form, fresh } = KINDS[kind];
  const [value, set] = useState(one ?? fresh());
  const [taken, setTaken] = useState(false);
  const save = (event) => {
    event.preventDefault();
    if (!one && (pool[kind] ?? []).some((other) => other[key] === value[key])) setTaken(true);
    else onSave(value);
  };
  return html`<${Dialog} title=${one ? t("editOf", { name: one.name || one[key] }) : t(KINDS[kind].add)} onClose=${onClose}>
    <form class="stack" onSubmit=${save}>
      <${Form} one=${value} set=${set} pool=${pool} fresh=${!one} />
      ${taken && html`<p class="bad" role="alert">${t("taken")}</p>`}
      <div><button class="main">${t("save")}</button></div>
    </form>
  <//>`;
}

// `title` and `hint` where the list is another one than the pool's; `wrong` with the `path` of what is in it.
export function Things({ kind, pool, change, title = t(kind), hint = "", wrong = null, path = kind }) {
  const { key, add, columns, cells } = KINDS[kind];
  const [open, setOpen] = useState(null); // {one}, one being nothing for a new one
  const [find, setFind] = useState("");
  const [shown, setShown] = useState(FIRST);
  const all = pool[kind] ?? [];
  const fit = all.filter((one) => `${one[key]} ${one.name ?? ""} ${one.shortcut ?? ""}`.toLowerCase().includes(find.toLowerCase()));
  const save = (value) => {
    const known = all.some((one) => one[key] === value[key]);
    change({ ...pool, [kind]: known ? all.map((one) => (one[key] === value[key] ? value : one)) : [...all, value] });
    setOpen(null);
  };
  const remove = (one) => change({ ...pool, [kind]: all.filter((other) => other !== one) });
  return html`<section class="card stack" aria-label=${title}>
    <div class="row"><h2>${title}</h2><span class="badge">${all.length}</span>
      ${all.length > 10 && html`<label class="find"><span class="hidden-text">${t("find")}</span>
        <input type="search" placeholder=${t("find")} value=${find} onInput=${(event) => setFind(event.target.value)} /></label>`}
      <button type="button" class="main push" onClick=${() => setOpen({})}>${t(add)}</button></div>
    ${hint && html`<p class="quiet small">${hint}</p>`}
    ${wrong && html`<${Wrongs} wrong=${wrong} path=${path} />`}
    ${!all.length ? html`<p class="empty">${t("empty")}</p>` : html`<div class="wide"><table class="cards">
      <thead><tr><th>${t("name")}</th>${columns.map((name) => html`<th>${t(name)}</th>`)}<th></th></tr></thead>
      <tbody>${fit.slice(0, shown).map((one) => html`<tr key=${one[key]} data-thing=${one[key]}>
        <td data-name=${t("name")}>${one.name ?? one[key]}${one.synthetic && html` <span class="badge">${t("synthetic")}</span>`}
          ${kind === "queues" && one === all[0] && html` <span class="badge" title=${t("firstHint")}>${t("first")}</span>`}</td>
        ${cells(one).map((value, i) => html`<td data-name=${t(columns[i])}>${value}</td>`)}
        <td class="acts" data-name="">
          <button type="button" aria-label=${t("editOf", { name: one[key] })} onClick=${() => setOpen({ one })}>${t("edit")}</button>
          <button type="button" class="danger" aria-label=${t("removeOf", { name: one[key] })} onClick=${() => remove(one)}>${t("remove")}</button></td>
      </tr>`)}</tbody></table></div>`}
    ${fit.length > shown && html`<p><button type="button" onClick=${() => setShown(shown + 500)}>${t("more", { n: fit.length - shown })}</button></p>`}
    ${open && html`<${Edit} kind=${kind} pool=${pool} one=${open.one} onSave=${save} onClose=${() => setOpen(null)} />`}
  </section>`;
}

export function Skills({ pool, change }) {
  const [name, setName] = useState("");
  const all = pool.skills ?? [];
  const add = (event) => {
    event.preventDefault();
    if (name.trim() && !all.includes(name.trim())) change({ ...pool, skills: [...all, name.trim()] });
    setName("");
  };
  // An agent can't have a skill that the pool does not know.
  const remove = (skill) => change({
    ...pool,
    skills: all.filter((other) => other !== skill),
    agents: (pool.agents ?? []).map((agent) => {
      if (!agent.skills?.[skill]) return agent;
      const { [skill]: _, ...rest } = agent.skills;
      return { ...agent, skills: rest };
    }),
  });
  return html`<section class="card stack" aria-label=${t("skills")}><h2>${t("skills")}</h2>
    ${!all.length && html`<p class="empty">${t("empty")}</p>`}
    <ul class="row plain-list">${all.map((skill) => html`<li key=${skill} class="badge">${skill}
      <button type="button" class="plain" aria-label=${t("removeOf", { name: skill })} onClick=${() => remove(skill)}>×</button></li>`)}</ul>
    <form class="line" onSubmit=${add}><label><span>${t("name")}</span>
      <input value=${name} maxlength="128" onInput=${(event) => setName(event.target.value)} /></label>
      <button>${t("addSkill")}</button></form></section>`;
}
