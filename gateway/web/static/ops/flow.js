// The stages as a picture: who writes where, how much, and how far behind each reader is.
import { html, useEffect, useState } from "../shared/ui.js";
import { age, plain, rate, Standing, SIGNS, WORST } from "./words.js";
import { t } from "./texts.js";

const STAGES = ["conversations", "routing", "responder", "persister", "notifier", "webhooks"];
const LATE_S = 3; // what admission allows
const WIDE = {
  size: [1000, 350], box: [164, 66],
  at: { gateway: [6, 142], conversations: [330, 60], routing: [330, 224], persister: [830, 8], notifier: [830, 98], webhooks: [830, 188], responder: [830, 278] },
};
const TALL = {
  size: [360, 520], box: [150, 62],
  at: { gateway: [105, 8], conversations: [10, 120], routing: [200, 120], responder: [10, 240], persister: [10, 350], notifier: [200, 350], webhooks: [105, 450] },
};
// From, to, the topic between them, and where its line ends beside others.
const WAYS = [
  ["gateway", "conversations", "conversation.commands", 0],
  ["gateway", "routing", "routing.commands", 0],
  ["conversations", "responder", "bot.questions", 0],
  ["conversations", "persister", "conversation.events", -14],
  ["conversations", "notifier", "conversation.events", -14],
  ["conversations", "webhooks", "conversation.events", -14],
  ["routing", "persister", "routing.events", 18],
  ["routing", "notifier", "agent.assignments", 18],
  ["routing", "webhooks", "routing.events", 18],
];

function useWide() {
  const wide = () => matchMedia("(min-width: 52rem)").matches;
  const [is, setIs] = useState(wide());
  useEffect(() => {
    const heard = () => setIs(wide());
    addEventListener("resize", heard);
    return () => removeEventListener("resize", heard);
  }, []);
  return is;
}

// What all topics of a stage come to.
export function stageOf(now, name) {
  const those = now.stages.filter((one) => plain(one.group).endsWith(name));
  if (!those.length) return null;
  const worst = those.reduce((a, b) => (WORST.indexOf(b.standing) > WORST.indexOf(a.standing) ? b : a));
  return {
    perS: those.reduce((sum, one) => sum + one.per_s, 0),
    records: those.reduce((sum, one) => sum + one.records, 0),
    seconds: Math.max(...those.map((one) => one.seconds)),
    standing: worst.standing,
  };
}

function Box({ layout, name, lines, standing, late = false }) {
  const [x, y] = layout.at[name];
  const [w, h] = layout.box;
  return html`<g class=${`stage ${standing} ${late ? "late" : ""}`} transform=${`translate(${x} ${y})`}>
    <rect width=${w} height=${h} rx="8"></rect>
    <text class="name" x="10" y="20">${standing === "none" ? "" : `${SIGNS[standing]} `}${t(`stage.${name}`)}</text>
    ${lines.map((line, i) => html`<text x="10" y=${38 + 16 * i}>${line}</text>`)}
  </g>`;
}

// A line that bends once each way, and the rate near its beginning.
function Way({ layout, from, to, perS, topic, beside }) {
  const [w, h] = layout.box;
  const [[ax, ay], [bx, by]] = [layout.at[from], layout.at[to]];
  const down = layout === TALL;
  const [x1, y1, x2, y2] = down ? [ax + w / 2, ay + h, bx + w / 2, by] : [ax + w, ay + h / 2, bx, by + h / 2 + beside];
  const bend = down ? `C${x1},${(y1 + y2) / 2} ${x2},${(y1 + y2) / 2} ${x2},${y2}` : `C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`;
  const width = perS > 0 ? Math.min(9, 1.5 + 1.6 * Math.log10(1 + perS)) : 1;
  const [tx, ty] = down ? [(x1 + x2) / 2, (y1 + y2) / 2] : [x2 - 42, y2 - 6];
  return html`<g class=${perS > 0 ? "way on" : "way"}>
    <path d=${`M${x1},${y1} ${bend}`} stroke-width=${width.toFixed(1)}><title>${topic}: ${rate(perS)}/s</title></path>
    <text x=${tx} y=${ty} text-anchor="middle">${rate(perS)}/s</text>
  </g>`;
}

function Picture({ now }) {
  const layout = useWide() ? WIDE : TALL;
  const topic = (name) => now.topics.find((one) => one.topic.endsWith(name))?.per_s ?? 0;
  const stages = STAGES.map((name) => [name, stageOf(now, name)]).filter(([, found]) => found);
  const there = new Set(["gateway", ...stages.map(([name]) => name)]);
  const told = stages.map(([name, one]) => `${t(`stage.${name}`)}: ${rate(one.perS)}/s, ${age(one.seconds)}, ${t(one.standing)}`).join("; ");
  return html`<svg class="flow" viewBox=${`0 0 ${layout.size.join(" ")}`} role="img" aria-label=${t("flowSays", { told })}>
    ${WAYS.filter(([from, to]) => there.has(from) && there.has(to)).map(([from, to, name, beside]) => html`
      <${Way} key=${from + to} layout=${layout} from=${from} to=${to} topic=${name} beside=${beside} perS=${topic(name)} />`)}
    <${Box} layout=${layout} name="gateway" late=${now.gateways.level > 0} standing=${now.gateways.level > 0 ? "growing" : now.gateways.count ? "ok" : "stuck"}
      lines=${[t("requestsPerS", { n: rate(now.gateways.requests_per_s) }), now.gateways.refused_per_s > 0 ? t("refusedPerS", { n: rate(now.gateways.refused_per_s) }) : t("sockets", { n: now.gateways.sockets })]} />
    ${stages.map(([name, one]) => html`<${Box} key=${name} layout=${layout} name=${name} standing=${one.standing} late=${one.seconds > LATE_S}
      lines=${[t("processed", { n: rate(one.perS) }), t("behind", { age: age(one.seconds), n: one.records })]} />`)}
  </svg>`;
}

// Contacts from the queue to the end.
function Contacts({ now }) {
  const agents = (now.center?.pools ?? []).map((one) => one.agents);
  const sum = (name) => agents.reduce((all, one) => all + (one[name] ?? 0), 0);
  const waiting = (now.center?.queues ?? []).reduce((all, one) => all + one.now.waiting, 0);
  const c = now.contacts;
  const steps = [
    ["queued", c.queued, t("waitNow", { n: waiting })],
    ["offered", c.offered, t("ringNow", { n: sum("offered") })],
    ["answered", c.answered, t("talkNow", { n: sum("serving") })],
    ["wrapping", c.wrapping, t("wrapNow", { n: sum("wrapping_up") })],
    ["completed", c.completed, ""],
    ["abandoned", c.abandoned, ""],
  ];
  return html`<ol class="steps" aria-label=${t("contacts")}>
    ${steps.map(([name, perS, there]) => html`<li class=${name}>
      <span class="quiet small">${t(`contact.${name}`)}</span>
      <strong>${t("perMinute", { n: rate(perS * 60) })}</strong>
      <span class="small">${there}</span></li>`)}
  </ol>`;
}

export function Flow({ now }) {
  const worst = now.stages.reduce((a, one) => (WORST.indexOf(one.standing) > WORST.indexOf(a) ? one.standing : a), "ok");
  return html`<section class="card" aria-labelledby="flow">
    <header><h2 id="flow">${t("flow")}</h2><span class="push"><${Standing} standing=${worst} /></span></header>
    <${Contacts} now=${now} />
    <${Picture} now=${now} />
  </section>`;
}
