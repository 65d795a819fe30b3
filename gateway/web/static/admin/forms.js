// The forms of a queue, an agent, hours and a canned answer.
import { html } from "../shared/ui.js";
import { Check, Choice, Number_, Text, put } from "./fields.js";
import { t } from "./texts.js";

const CHOICES = ["longest_idle", "least_loaded", "highest_proficiency", "round_robin"];
const OVERLOADS = ["refuse", "overflow", "callback"];
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LANGUAGES = ["ko", "en"];
const MOST_SAID = 4000;
const WORD = "[^\\s\\/]*";
const named = (kind, values) => values.map((one) => [one, t(`${kind}.${one}`)]);
const orNone = (names) => [["", t("none")], ...names.map((one) => [one, one])];

export function QueueForm({ one, set, pool, fresh }) {
  const others = (pool.queues ?? []).map((queue) => queue.name).filter((name) => name !== one.name);
  const parts = { one, set };
  return html`
    <${Text} ...${parts} name="name" required readonly=${!fresh} />
    <div class="fields">
      <${Choice} ...${parts} name="choice" values=${named("choice", CHOICES)} standard="longest_idle" />
      <${Number_} ...${parts} name="offer_timeout_s" standard=${20} least="1" />
      <${Number_} ...${parts} name="wrap_up_s" standard=${30} />
      <${Number_} ...${parts} name="reject_pause_s" standard=${60} />
      <${Number_} ...${parts} name="aging_s" standard=${60} />
      <${Number_} ...${parts} name="max_depth" standard=${0} step="1" />
      <${Choice} ...${parts} name="when_full" values=${named("overload", OVERLOADS)} standard="refuse" />
      <${Number_} ...${parts} name="max_wait_s" standard=${0} />
      <${Choice} ...${parts} name="when_late" values=${named("overload", OVERLOADS)} standard="refuse" />
      <${Choice} ...${parts} name="when_unstaffed" values=${named("overload", ["", ...OVERLOADS])} standard="" />
      <${Choice} ...${parts} name="hours" values=${orNone((pool.hours ?? []).map((hours) => hours.name))} standard="" />
      <${Choice} ...${parts} name="when_closed" values=${named("overload", OVERLOADS)} standard="refuse" />
      <${Choice} ...${parts} name="overflow_to" values=${orNone(others)} standard="" />
      <${Text} ...${parts} name="default_disposition" placeholder="wrap_up_timeout" />
    </div>
    <${Check} label=${t("auto_accept")} checked=${one.auto_accept ?? false} onChange=${(on) => set(put(one, "auto_accept", on, false))} />`;
}

// A map from what is chosen to a number, or without it.
const counted = (map, name, value) => {
  const { [name]: _, ...rest } = map ?? {};
  return value ? { ...rest, [name]: Number(value) } : rest;
};

export function AgentForm({ one, set, pool, fresh }) {
  const parts = { one, set };
  const queues = one.queues ?? [];
  const serves = (name, on) => {
    const kept = on ? [...queues, name] : queues.filter((queue) => queue !== name);
    set({ ...one, queues: kept, ...(one.ranks && { ranks: on ? one.ranks : counted(one.ranks, name, 0) }) });
  };
  const channels = one.channels ?? ["chat"];
  const speaks = (channel, on) => set({ ...one, channels: on ? [...channels, channel] : channels.filter((each) => each !== channel) });
  return html`
    <div class="fields"><${Text} ...${parts} name="id" required readonly=${!fresh} /><${Text} ...${parts} name="name" required />
      <${Number_} ...${parts} name="capacity" standard=${1} least="1" most="50" step="1" /></div>
    <fieldset><legend>${t("channels")}</legend><div class="row">${["chat", "voice"].map((channel) => html`
      <${Check} label=${t(channel)} checked=${channels.includes(channel)} onChange=${(on) => speaks(channel, on)} />`)}
      <${Check} label=${t("synthetic")} checked=${one.synthetic ?? false} onChange=${(on) => set(put(one, "synthetic", on, false))} /></div></fieldset>
    <fieldset><legend>${t("queues")}</legend>${(pool.queues ?? []).map(({ name }) => html`<div class="row" key=${name}>
      <${Check} label=${name} checked=${queues.includes(name)} onChange=${(on) => serves(name, on)} />
      ${queues.includes(name) && html`<label class="row small"><span>${t("rank")}</span>
        <input class="short" type="number" min="1" max="100" step="1" value=${one.ranks?.[name] ?? 1}
          onInput=${(event) => set({ ...one, ranks: counted(one.ranks, name, event.target.value === "1" ? 0 : event.target.value) })} /></label>`}
    </div>`)}</fieldset>
    ${(pool.skills ?? []).length > 0 && html`<fieldset><legend>${t("skills")} · ${t("level")}</legend><div class="fields">
      ${pool.skills.map((skill) => html`<label key=${skill}><span>${skill}</span>
        <select value=${one.skills?.[skill] ?? ""} onChange=${(event) => set({ ...one, skills: counted(one.skills, skill, event.target.value) })}>
          ${["", 1, 2, 3, 4, 5].map((level) => html`<option value=${level}>${level || t("none")}</option>`)}</select></label>`)}</div></fieldset>`}`;
}

const listed = (text, by) => text.split(by).map((each) => each.trim()).filter(Boolean);

export function HoursForm({ one, set, fresh }) {
  const weekly = (day, text) => {
    const { [day]: _, ...rest } = one.weekly ?? {};
    const times = listed(text, ",");
    set({ ...one, weekly: times.length ? { ...rest, [day]: times } : rest });
  };
  return html`
    <div class="fields"><${Text} one=${one} set=${set} name="name" required readonly=${!fresh} />
      <${Text} one=${one} set=${set} name="zone" required placeholder="Asia/Seoul" /></div>
    <fieldset><legend>${t("weekly")}</legend><div class="fields">${DAYS.map((day) => html`<label key=${day}><span>${t(day)}</span>
      <input defaultValue=${(one.weekly?.[day] ?? []).join(", ")} onChange=${(event) => weekly(day, event.target.value)} /></label>`)}</div></fieldset>
    <label><span>${t("holidays")}</span><textarea rows="4" defaultValue=${(one.holidays ?? []).join("\n")}
      onChange=${(event) => set({ ...one, holidays: listed(event.target.value, "\n") })}></textarea></label>`;
}

export function AnswerForm({ one, set, fresh }) {
  const languages = [...new Set([...LANGUAGES, ...Object.keys(one.text ?? {})])];
  const write = (code, said) => {
    const { [code]: _, ...rest } = one.text ?? {};
    set({ ...one, text: said ? { ...rest, [code]: said } : rest });
  };
  const said = Object.keys(one.text ?? {}).length > 0;
  return html`<div class="fields"><${Text} one=${one} set=${set} name="title" required readonly=${!fresh} />
      <${Text} one=${one} set=${set} name="shortcut" maxlength="40" pattern=${WORD} title=${t("shortcutHint")} /></div>
    ${languages.map((code) => html`<label key=${code}><span>${LANGUAGES.includes(code) ? t(`answer.${code}`) : t("answer.in", { code })}</span>
      <textarea name=${`text.${code}`} rows="3" lang=${code} maxlength=${MOST_SAID} required=${!said && code === LANGUAGES[0]} value=${one.text?.[code] ?? ""}
        onInput=${(event) => write(code, event.target.value)}></textarea></label>`)}
    <p class="quiet small">${t("answerHint")}</p>`;
}
