// Figures and states in few signs: rates, ages, standings.
import { html } from "../shared/ui.js";
import { count, duration } from "../shared/format.js";
import { t } from "./texts.js";

export const SIGNS = { ok: "✓", draining: "▼", growing: "▲", stuck: "■" };
const KINDS = { ok: "good", draining: "warn", growing: "bad", stuck: "bad" };
export const WORST = ["ok", "draining", "growing", "stuck"];

export function Standing({ standing }) {
  return html`<span class=${`badge ${KINDS[standing]}`}><span aria-hidden="true">${SIGNS[standing]} </span>${t(standing)}</span>`;
}

export const rate = (perS) => (perS >= 100 ? count(Math.round(perS)) : count(Math.round(perS * 10) / 10));
export const age = (seconds) => (seconds < 60 ? `${count(Math.round(seconds * 10) / 10)} s` : duration(seconds));
export const percent = (part) => (part == null ? "–" : `${count(Math.round(1000 * part) / 10)} %`);
export const ms = (value) => {
  if (value == null) return "–";
  return value >= 1000 ? `${count(Math.round(value / 10) / 100)} s` : `${count(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))} ms`;
};

// When a backlog is gone: a sentence for people.
export function drained({ records, standing, catchup_s: s }) {
  if (!records) return t("nothingLeft");
  if (standing === "ok") return t("keepsUp");
  return s == null ? t("never") : t("emptyIn", { time: duration(s) });
}

// A group's or topic's name as people say it: without a prefix that all have.
export const plain = (name) => name.replace(/^aicc-/, "");
