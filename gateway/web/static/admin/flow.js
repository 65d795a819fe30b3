// A flow of the IVR as plain data: the kinds of its steps, the ways between them, and changes of it.
import { same } from "./draft.js";

const AGAIN = ["timeout_s", "tries", "wrong", "silent"];
// The fields of each kind, in the order of its form; those of AGAIN stand apart.
export const KINDS = {
  menu: ["prompt", "options", "otherwise", ...AGAIN],
  digits: ["prompt", "attribute", "min_digits", "max_digits", "then", "otherwise", ...AGAIN],
  play: ["prompt", "then"],
  set: ["attributes", "then"],
  hours: ["hours", "open", "closed"],
  length: ["queue", "at_least", "then", "otherwise"],
  queue: ["prompt", "queue", "priority", "closed", "full", "late"],
  message: ["prompt", "queue", "priority", "then", "otherwise", ...AGAIN],
  callback: ["prompt", "queue", "number", "priority"],
  end: ["prompt"],
};
export const DIGITS = [..."1234567890*"];
const BRANCHES = new Set(["then", "otherwise", "open", "closed", "full", "late"]);
const SPOKEN = new Set(["menu", "digits", "play", "message"]); // who must say something
const NEEDED = { options: () => [], attributes: () => ({}), at_least: () => 1 };

export const isApart = (field) => AGAIN.includes(field);
export const isBranch = (field) => BRANCHES.has(field);
// Where a call that comes back from its queue, or a number, need not be said.
export const isFree = (kind, field) => kind === "queue" && isBranch(field);

// A step of that kind, with what `one` says that it can have, too.
export function become(kind, one = {}) {
  const made = { kind };
  for (const field of KINDS[kind]) {
    if (field in one) made[field] = one[field];
    else if (NEEDED[field]) made[field] = NEEDED[field]();
    else if (field === "prompt" ? SPOKEN.has(kind) : isBranch(field) ? !isFree(kind, field) : ["attribute", "hours", "queue"].includes(field)) made[field] = "";
  }
  return made;
}

// [path of the field, name of the step that it leads to] of each way out of a step.
export function ways(one) {
  const told = (KINDS[one.kind] ?? []).filter((field) => isBranch(field) && one[field]).map((field) => [field, one[field]]);
  return [...(one.options ?? []).filter(({ then }) => then).map(({ digit, then }) => [`options[${digit}].then`, then]), ...told];
}

const each = (map, change) => Object.fromEntries(Object.entries(map).map(([name, one]) => [name, change(one)]));

function turned(one, from, to) {
  const next = { ...one };
  for (const field of KINDS[one.kind] ?? []) if (isBranch(field) && one[field] === from) next[field] = to;
  if (one.options) next.options = one.options.map((option) => (option.then === from ? { ...option, then: to } : option));
  return next;
}

// The flow with what led to `from` leading to `to`.
const led = (flow, from, to) => ({
  ...flow,
  start: flow.start === from ? to : flow.start,
  ...(flow.hangup && { hangup: flow.hangup === from ? to : flow.hangup }),
  nodes: each(flow.nodes, (one) => turned(one, from, to)),
});

export function renamed(flow, from, to) {
  const next = led(flow, from, to);
  return { ...next, nodes: Object.fromEntries(Object.entries(next.nodes).map(([name, one]) => [name === from ? to : name, one])) };
}

export function without(flow, name) {
  const { [name]: _, ...nodes } = flow.nodes;
  return led({ ...flow, nodes }, name, "");
}

// A version is one flow for good: what differs from the published one gets the next number.
export function numbered(flow, published) {
  if (!published) return flow;
  if (same({ ...flow, version: 0 }, { ...published, version: 0 })) return { ...flow, version: published.version };
  return { ...flow, version: Math.max(flow.version, published.version + 1) };
}

// The names that prompts may have in braces.
export function attributesOf(flow) {
  const all = Object.values(flow.nodes).flatMap((one) => {
    if (one.kind === "digits") return [one.attribute];
    if (one.kind === "message") return ["message"];
    return Object.keys(one.attributes ?? {});
  });
  return [...new Set(all.filter(Boolean))];
}

export const fresh = (name) => ({
  name, version: 1, start: "welcome", nodes: { welcome: { ...become("menu"), otherwise: "goodbye" }, goodbye: become("end") },
});
