// Times and numbers as people of the page's language write them.
import { language } from "./i18n.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

export const time = (ms) => clock.format(ms);
export const date = (ms) => day.format(ms);
export const count = (value) => number.format(value);

// Seconds as m:ss, or h:mm:ss.
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part) => String(part).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
